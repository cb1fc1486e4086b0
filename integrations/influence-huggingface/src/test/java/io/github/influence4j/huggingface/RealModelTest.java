/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Trained models, where there are some, go on with a text as they do in Python. */
@SuppressWarnings("try") // scopes are guards
final class RealModelTest {
  static List<Path> models() {
    return Checkpoints.under("real", "golden.safetensors");
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("models")
  void continuesAsInPython(Path directory) throws IOException {
    try (LanguageModel model = LanguageModel.open(directory);
        Golden golden = Golden.open(directory.resolve("golden.safetensors"))) {
      long[] expected = golden.longs("greedy.ids");
      int known = golden.has("greedy.prompt_ids") ? golden.longs("greedy.prompt_ids").length : 1;
      for (int length = known; length < expected.length; length++) {
        assertThat(next(model, Arrays.copyOf(expected, length)))
            .as("token %d", length)
            .isEqualTo(expected[length]);
      }
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("models")
  void logitsAreThoseOfPython(Path directory) throws IOException {
    try (LanguageModel model = LanguageModel.builder(directory).precision(ElementType.F64).open();
        Golden golden = Golden.open(directory.resolve("golden.safetensors"));
        PointerScope scope = new PointerScope()) {
      long[][] ids = golden.matrix("input_ids");
      Tensor logits = model.logits(ids, null, null);
      int vocabulary = model.vocabulary();
      if (golden.has("logits_f32")) {
        assertThat(Golden.largestDifference(Golden.doubles(logits), golden.numbers("logits_f32")))
            .isLessThan(1e-4);
        return;
      }
      double[] all = Golden.doubles(logits);
      double[] expected = golden.numbers("logits_f64");
      long[] positions = golden.longs("positions");
      for (int s = 0; s < 4; s++) {
        for (int p = 0; p < positions.length; p++) {
          int from = (s * ids[0].length + (int) positions[p]) * vocabulary;
          int at = (s * positions.length + p) * vocabulary;
          assertThat(
                  Golden.largestDifference(
                      Arrays.copyOfRange(all, from, from + vocabulary),
                      Arrays.copyOfRange(expected, at, at + vocabulary)))
              .isLessThan(1e-10);
        }
      }
    }
  }

  private static long next(LanguageModel model, long[] ids) {
    try (PointerScope scope = new PointerScope()) {
      double[] last =
          Golden.doubles(model.logits(new long[][] {ids}, null, null).select(1, ids.length - 1));
      int best = 0;
      for (int i = 1; i < last.length; i++) {
        best = last[i] > last[best] ? i : best;
      }
      return best;
    }
  }
}
