/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the layers of a capture are, by shape, options or metadata. */
final class CapturedLayersTest extends CaptureFiles {
  @Test
  void convolutionsAreDescribed() throws IOException {
    put("train.act.image", 1, 4, 2, 5, 6);
    put("train.grad.image", 1, 4, 3, 5, 6);
    put("train.act.wave", 1, 4, 2, 9);
    put("train.grad.wave", 1, 4, 3, 4);
    Conv2d image = Conv2d.of(2, 3, 3).withPadding(1);
    Conv1d wave = Conv1d.of(2, 3, 3).withStride(2);
    CaptureOptions options =
        CaptureOptions.defaults()
            .withConvolution(
                "image",
                (input, output) -> {
                  assertThat(input).containsExactly(4, 2, 5, 6);
                  assertThat(output).containsExactly(4, 3, 5, 6);
                  return image;
                })
            .withConvolution("wave", wave)
            .withoutBias("wave");
    try (CapturedGradients captures = open(options)) {
      assertThat(captures.layers())
          .containsExactly(
              LayerSpec.conv2d("image", image), LayerSpec.conv1d("wave", wave).withoutBias());
      assertThat(captures.training().rows("image")).isEqualTo(30);
      assertThat(captures.training().inputShape("wave")).containsExactly(4, 2, 9);
      assertThat(captures.training().outputShape("wave")).containsExactly(4, 3, 4);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(CaptureOptions.defaults().withConvolution("wave", wave)))
        .withMessageContaining("layer \"image\" is a convolution; describe it")
        .withMessageContaining("withConvolution");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(options.withoutBias("wav")))
        .withMessageContaining("withoutBias or --no-bias names layer \"wav\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.withConvolution("image", image))
        .withMessageContaining("names layer \"image\" twice");
  }

  @Test
  void masksTravelWithTheirRows() throws IOException {
    put("train.act.decoder", 1, 2, 3, 1);
    put("train.grad.decoder", 1, 2, 3, 1);
    put("train.act.encoder", 1, 2, 2, 1);
    put("train.grad.encoder", 1, 2, 2, 1);
    put("train.act.head", 1, 2, 1);
    put("train.grad.head", 1, 2, 1);
    tensors.put("train.mask", TensorView.of(new float[] {1, 1, 0, 1, 0, 0}, 2, 3));
    tensors.put("train.mask.encoder", TensorView.of(new float[] {0, 1, 1, 1}, 2, 2));
    tensors.get("train.act.decoder").set(2, Double.NaN); // padding may hold anything
    try (CapturedGradients captures = open(CaptureOptions.defaults().withLinear())) {
      CapturedExamples train = captures.training();
      assertThat(train.mask()).containsExactly(true, true, false, true, false, false);
      assertThat(train.mask("decoder")).isEqualTo(train.mask());
      assertThat(train.mask("encoder")).containsExactly(false, true, true, true);
      assertThat(train.mask("head")).isNull();
      assertThat(train.rows("head")).isEqualTo(1);
      train.replay(
          batch -> {
            for (LayerBatch use : batch.layers()) {
              assertThat(use.mask()).as(use.layer()).isEqualTo(train.mask(use.layer()));
            }
          });
      assertThatIllegalArgumentException()
          .isThrownBy(() -> train.mask("heads"))
          .withMessage(
              "No layer named \"heads\" was captured; there are [decoder, encoder, head].");
    }
  }

  private void sequence(String layer, int first, int second) {
    put("train.act." + layer, 1, first, second, 1);
    put("train.grad." + layer, 1, first, second, 1);
  }

  /** Two examples of three rows, in this and in the other order. */
  @Test
  void rowsMayComeBeforeExamples() throws IOException {
    sequence("fc", 2, 3);
    sequence("rnn", 3, 2);
    tensors.put("train.mask.rnn", TensorView.of(new float[] {1, 1, 0, 1, 0, 0}, 2, 3));
    try (CapturedGradients captures =
        open(CaptureOptions.defaults().withLinear().withRowsFirst("rnn"))) {
      CapturedExamples train = captures.training();
      assertThat(train.examples()).isEqualTo(2);
      assertThat(train.rows("rnn")).isEqualTo(3);
      assertThat(train.rowsFirst("rnn")).isTrue();
      assertThat(train.rowsFirst("fc") || train.rowsStated("fc")).isFalse();
      assertThat(train.rowsStated("rnn")).isFalse();
      assertThat(train.inputShape("rnn")).containsExactly(3, 2, 1);
      assertThat(train.mask("rnn")).containsExactly(true, true, false, true, false, false);
      train.replay(
          batch -> {
            LayerBatch rnn = batch.layers().get(1);
            assertThat(rnn.activations().toDoubles()).containsExactly(counting(1, 6));
            assertThat(rnn.owners()).containsExactly(0, 1, 0, 1, 0, 1);
            assertThat(rnn.mask()).containsExactly(true, true, true, false, false, false);
            assertThat(batch.layers().get(0).owners()).isNull();
          });
    }
  }

  /** What names a layer goes first, then what an option says. */
  @Test
  void threeDimensionsAreExplainedByOptionsOrMetadata() throws IOException {
    sequence("a", 4, 4);
    sequence("b", 4, 4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(CaptureOptions.defaults()))
        .withMessageContaining("\"train.act.a\" has 3 dimensions, so layer \"a\" may be linear")
        .withMessageContaining("withLinear, withRowsFirst or withConvolution");
    metadata.put("linear", "*");
    metadata.put("rows-first", "b");
    requireRowsFirst(false, true, CaptureOptions.defaults());
    requireRowsFirst(true, true, CaptureOptions.defaults().withRowsFirst());
    requireRowsFirst(false, true, CaptureOptions.defaults().withLinear("*"));
    requireRowsFirst(true, false, CaptureOptions.defaults().withLinear("b").withRowsFirst("a"));
    Conv1d pointwise = Conv1d.of(4, 4, 1);
    try (CapturedGradients captures =
        open(CaptureOptions.defaults().withConvolution("b", pointwise))) {
      assertThat(captures.layers())
          .containsExactly(LayerSpec.linear("a", 1, 1), LayerSpec.conv1d("b", pointwise));
    }
    CaptureOptions linear = CaptureOptions.defaults().withLinear("b");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(linear.withConvolution("b", pointwise)))
        .withMessageContaining("names layer \"b\", and so does --linear or --rows-first (in Java:");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> linear.withRowsFirst("a", "b"))
        .withMessageContaining("Layer \"b\" is said to be both linear");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CaptureOptions.defaults().withRowsFirst().withLinear())
        .withMessageContaining("said to be both linear");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(linear.withRowsFirst("c")))
        .withMessageContaining("withRowsFirst or --rows-first names layer \"c\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(linear.withLinear("d")))
        .withMessageContaining("withLinear or --linear names layer \"d\"");
  }

  private void requireRowsFirst(boolean a, boolean b, CaptureOptions options) throws IOException {
    try (CapturedGradients captures = open(options)) {
      assertThat(captures.training().rowsFirst("a")).isEqualTo(a);
      assertThat(captures.training().rowsFirst("b")).isEqualTo(b);
    }
  }

  /** Three examples; row 1 is nobody's, example 1 has none. */
  @Test
  void examplesOfRowsAreNamed() throws IOException {
    put("train.act.expert", 1, 4, 1);
    put("train.grad.expert", 1, 4, 1);
    metadata.put("train.examples", "3");
    Path file = folder.resolve("captures.safetensors");
    SafetensorsWriter writer = Safetensors.writer();
    tensors.forEach(writer::add);
    metadata.forEach(writer::metadata);
    writer.add("train.rows.expert", new long[] {2, -1, 0, 2}, 4).write(file);
    try (CapturedGradients captures = CapturedGradients.open(file)) {
      CapturedExamples train = captures.training();
      assertThat(captures.unused()).isEmpty();
      assertThat(train.examples()).isEqualTo(3);
      assertThat(train.rowsStated("expert")).isTrue();
      assertThat(train.rowsFirst("expert")).isFalse();
      assertThat(train.inputShape("expert")).containsExactly(4, 1);
      train.replay(
          batch -> {
            LayerBatch expert = batch.layers().get(0);
            assertThat(batch.examples()).isEqualTo(3);
            assertThat(expert.activations().toDoubles()).containsExactly(3, 1, 4);
            assertThat(expert.owners()).containsExactly(0, 2, 2);
          });
    }
  }

  @Test
  void tiedLayersAreStated() throws IOException {
    for (String use : List.of("fc", "fc#1")) {
      linear(use, 4, "train");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(CaptureOptions.defaults()))
        .withMessageContaining("\"fc#1\" may be a further use of layer \"fc\"")
        .withMessageContaining("withTied or withoutTied");
    try (CapturedGradients captures = open(CaptureOptions.defaults().withTied("fc"))) {
      assertThat(captures.layers()).containsExactly(LayerSpec.linear("fc", 2, 1));
      assertThat(captures.training().uses("fc")).isEqualTo(2);
      assertThat(Seen.of(captures.training()).uses().get("fc")).hasSize(4);
    }
    metadata.put("tied", "fc");
    try (CapturedGradients captures = open(CaptureOptions.defaults())) {
      assertThat(captures.training().uses("fc")).isEqualTo(2);
    }
    try (CapturedGradients captures = open(CaptureOptions.defaults().withoutTied())) {
      assertThat(captures.layers()).hasSize(2);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CaptureOptions.defaults().withoutTied().withTied("fc"))
        .withMessageContaining("contradict each other");
  }
}
