/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What taps capture against the inputs and output gradients of the golden files. */
final class GoldenCaptureTest {
  static Stream<Arguments> cases() {
    return GoldenModelTest.cases().filter(c -> !c.get()[0].toString().endsWith("-lora"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tapsCaptureWhatTheModulesSaw(Path checkpoint, ElementType type) throws IOException {
    double tolerance = type == ElementType.F64 ? 1e-9 : 3e-5;
    try (LanguageModel model = LanguageModel.builder(checkpoint).precision(type).open();
        Golden golden = Golden.open(checkpoint.resolve("golden.safetensors"))) {
      List<TokenSequence> sequences = new ArrayList<>();
      long[][] ids = golden.matrix("right.input_ids");
      long[][] mask = golden.matrix("right.attention_mask");
      for (int s = 0; s < ids.length; s++) {
        int length = (int) Arrays.stream(mask[s]).sum();
        sequences.add(TokenSequence.of(Arrays.copyOf(ids[s], length)));
      }
      List<String> seen = new ArrayList<>();
      model
          .gradients(sequences)
          .dataLabels()
          .replay(
              batch -> {
                for (LayerBatch layer : batch.layers()) {
                  if (golden.has("right.act." + layer.layer())) {
                    seen.add(layer.layer());
                    compare(golden, "right.act.", layer, layer.activations(), sequences, tolerance);
                    compare(
                        golden,
                        "right.dout.",
                        layer,
                        layer.outputGradients(),
                        sequences,
                        tolerance);
                  }
                }
              });
      assertThat(seen).containsExactlyInAnyOrderElementsOf(golden.under("right.act."));
    }
  }

  /** Rows with a token to come; the golden file has one more for the last. */
  private static void compare(
      Golden golden,
      String prefix,
      LayerBatch layer,
      TensorView found,
      List<TokenSequence> sequences,
      double tolerance) {
    double[] all = found.toDoubles();
    double[] expected = golden.numbers(prefix + layer.layer());
    int width = (int) found.size(found.rank() - 1);
    int rows = all.length / width / sequences.size();
    int goldenRows = expected.length / width / sequences.size();
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int s = 0; s < sequences.size(); s++) {
      for (int t = 0; t < sequences.get(s).length() - 1; t++) {
        for (int i = 0; i < width; i++) {
          ours.add(all[(s * rows + t) * width + i]);
          theirs.add(expected[(s * goldenRows + t) * width + i]);
        }
      }
    }
    assertThat(Golden.relativeError(array(ours), array(theirs)))
        .as(prefix + layer.layer())
        .isLessThan(tolerance);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
