/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.StringSharedModuleDict;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.Tensor;

/** The whole of a model, of which the taps see some layers only. */
@SuppressWarnings("try") // scopes are guards
record WatchedModel(Module model) {
  /** Dropout and batch norms are modules of their own, with a mode of their own. */
  void requireEvaluation() {
    try (PointerScope scope = new PointerScope()) {
      StringSharedModuleDict modules = model.named_modules("model", true);
      for (long i = 0; i < modules.size(); i++) {
        if (modules.get(i).value().is_training()) {
          throw new IllegalStateException(
              "Module \""
                  + modules.get(i).key().getString()
                  + "\" is in training mode, where dropout and batch statistics falsify gradients;"
                  + " call eval() on the model before its gradients are captured, or"
                  + " taps.allowTrainingMode() if you mean it.");
        }
      }
    }
  }

  /** The parameters that are this very tensor. */
  List<String> parametersEqualTo(Tensor weight) {
    try (PointerScope scope = new PointerScope()) {
      StringTensorDict parameters = model.named_parameters(true);
      List<String> names = new ArrayList<>();
      for (long i = 0; i < parameters.size(); i++) {
        if (TensorViews.address(parameters.get(i).value()) == TensorViews.address(weight)) {
          names.add(parameters.get(i).key().getString());
        }
      }
      return names;
    }
  }
}
