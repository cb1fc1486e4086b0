/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.grad;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** Where a backward pass begins: tensors, and the gradients of the loss by them. */
final class Roots {
  private final TensorVector tensors = new TensorVector();
  private final TensorVector gradients = new TensorVector();

  private Roots() {}

  /** Begins at one tensor. */
  static Roots of(Tensor tensor, Tensor gradient) {
    Roots roots = new Roots();
    roots.add(tensor, gradient);
    return roots;
  }

  /** One more place to begin at. */
  void add(Tensor tensor, Tensor gradient) {
    tensors.push_back(tensor);
    gradients.push_back(gradient);
  }

  /**
   * Runs backwards.
   *
   * @param inputs what gradients are wanted by
   * @param again whether the graph will be needed once more
   * @return one each, undefined where nothing depends on an input
   */
  List<Tensor> gradients(List<Tensor> inputs, boolean again) {
    TensorVector wanted = new TensorVector();
    inputs.forEach(wanted::push_back);
    TensorVector found = grad(tensors, wanted, gradients, new BoolOptional(again), false, true);
    List<Tensor> out = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      out.add(found.get(i));
    }
    return out;
  }
}
