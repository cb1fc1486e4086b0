/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.bytedeco.pytorch.global.torch.cross_entropy;

import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.kNone;

/** What a model's predictions cost, token by token. */
final class Losses {
  private Losses() {}

  /** Nats of each token that is to be predicted, in their order. */
  @SuppressWarnings("try") // scopes are guards
  static double[] of(LanguageModel model, TokenSequence sequence) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      int rows = sequence.length() - 1;
      long[] next = Arrays.copyOfRange(sequence.labels(), 1, rows + 1);
      Tensor logits = model.logits(new long[][] {Arrays.copyOf(sequence.ids(), rows)}, null, null);
      CrossEntropyLossOptions each = new CrossEntropyLossOptions();
      each.reduction().put(new kNone());
      Tensor losses =
          cross_entropy(
                  logits.reshape(rows, logits.size(2)), AbstractTensor.create(next, rows), each)
              .to(ScalarType.Double)
              .contiguous();
      double[] all = new double[rows];
      losses.data_ptr_double().get(all);
      double[] out = new double[sequence.targets()];
      int found = 0;
      for (int row = 0; row < rows; row++) {
        if (next[row] != TokenSequence.IGNORED) {
          out[found++] = all[row];
        }
      }
      return out;
    }
  }
}
