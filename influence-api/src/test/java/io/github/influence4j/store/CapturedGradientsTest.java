/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers, examples, masks and uses are those of the file; what the file does not tell is asked. */
final class CapturedGradientsTest {
  private static final int TRAIN = 600;
  private static final int QUERIES = 3;

  @TempDir private Path folder;
  private final Map<String, TensorView> tensors = new TreeMap<>();
  private final Map<String, String> metadata = new HashMap<>();

  /** Numbers from 1, each of its own. */
  private static double[] counting(int first, int count) {
    double[] values = new double[count];
    Arrays.setAll(values, i -> first + i);
    return values;
  }

  private void put(String name, int first, long... shape) {
    int elements = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    tensors.put(name, TensorView.of(counting(first, elements), shape));
  }

  private void linear(String layer, int examples, String side) {
    put(side + ".act." + layer, 1, examples, 2);
    put(side + ".grad." + layer, -5, examples, 1);
  }

  private CapturedGradients open(CaptureOptions options) throws IOException {
    Path file = folder.resolve("captures.safetensors");
    Safetensors.write(file, tensors, metadata);
    return CapturedGradients.open(file, options);
  }

  /** What each use of each layer was fed, over all batches; the sizes of the batches. */
  private record Seen(List<Integer> sizes, Map<String, List<double[]>> uses) {
    static Seen of(GradientSource source) {
      Seen seen = new Seen(new ArrayList<>(), new TreeMap<>());
      source.replay(
          batch -> {
            seen.sizes.add(batch.examples());
            for (LayerBatch use : batch.layers()) {
              List<double[]> pieces =
                  seen.uses.computeIfAbsent(use.layer(), layer -> new ArrayList<>());
              pieces.add(use.activations().toDoubles());
              pieces.add(use.outputGradients().toDoubles());
            }
          });
      return seen;
    }

    /** Every second piece. */
    double[] joined(String layer, int start) {
      List<double[]> pieces = uses.getOrDefault(layer, List.of());
      List<Double> all = new ArrayList<>();
      for (int i = start; i < pieces.size(); i += 2) {
        Arrays.stream(pieces.get(i)).forEach(all::add);
      }
      return all.stream().mapToDouble(x -> x).toArray();
    }
  }

  @Test
  void everyExampleIsReadInOrderAtEveryReplay() throws IOException {
    linear("b.10", TRAIN, "train");
    linear("b.2", TRAIN, "train");
    put("notes", 1, 3);
    try (CapturedGradients captures = open(CaptureOptions.defaults())) {
      assertThat(captures.layers())
          .containsExactly(LayerSpec.linear("b.2", 2, 1), LayerSpec.linear("b.10", 2, 1));
      assertThat(captures.unused()).containsExactly("notes");
      assertThat(captures.queries()).isEmpty();
      assertThat(captures.curvature()).isSameAs(captures.training());
      assertThat(captures.training().examples()).isEqualTo(TRAIN);
      for (int replay = 0; replay < 2; replay++) {
        Seen seen = Seen.of(captures.training());
        assertThat(seen.sizes()).containsExactly(256, 256, 88);
        assertThat(seen.joined("b.2", 0)).containsExactly(counting(1, 2 * TRAIN));
        assertThat(seen.joined("b.10", 1)).containsExactly(counting(-5, TRAIN));
      }
    }
  }

  @Test
  void examplesAreReadByNumber() throws IOException {
    linear("fc", TRAIN, "train");
    try (CapturedGradients captures = open(CaptureOptions.defaults())) {
      CapturedExamples train = captures.training();
      Seen seen = Seen.of(train.examples(0, 1, 7, 598, 599));
      assertThat(seen.sizes()).containsExactly(2, 1, 2);
      assertThat(seen.joined("fc", 0)).containsExactly(1, 2, 3, 4, 15, 16, 1197, 1198, 1199, 1200);
      assertThat(seen.joined("fc", 1)).containsExactly(-5, -4, 2, 593, 594);
      assertThat(Seen.of(train.examples(new long[0])).sizes()).isEmpty();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> train.examples(3, TRAIN))
          .withMessage("There is no example 600; the file has 600, numbered from 0.");
    }
  }

  /** Identity curvature: the scores are products of gradients, here g·(a, 1). */
  @Test
  void scoresAreThoseOfTheNumbersInTheFile() throws IOException {
    tensors.put("train.act.fc", TensorView.of(new float[] {1, 2, 3, 4}, 2, 2));
    tensors.put("train.grad.fc", TensorView.of(new float[] {5, -1}, 2, 1));
    tensors.put("query.act.fc", TensorView.of(new float[] {1, -1}, 1, 2));
    tensors.put("query.grad.fc", TensorView.of(new float[] {2}, 1, 1));
    // 2·5·(1 - 2 + 1) and 2·(-1)·(3 - 4 + 1), the last 1 for the bias.
    assertThat(products(CaptureOptions.defaults())).containsExactly(0, 0);
    assertThat(products(CaptureOptions.defaults().withoutBias("fc"))).containsExactly(-10, 2);
  }

  private double[] products(CaptureOptions options) throws IOException {
    try (CapturedGradients captures = open(options);
        Influence influence =
            Influence.builder()
                .layers(captures.layers())
                .strategy(CurvatureStrategy.IDENTITY)
                .backend("reference")
                .precision(Precision.F64)
                .build()) {
      FittedCurvature curvature = influence.fit(captures.curvature());
      CapturedExamples queries = captures.queries().orElseThrow();
      return influence
          .score(curvature, queries, captures.training(), ScoreOptions.pairwise())
          .scores(0);
    }
  }

  @Test
  void theCurvatureMayHaveGradientsOfItsOwn() throws IOException {
    linear("fc", 4, "train");
    linear("fc", QUERIES, "query");
    put("train.pseudograd.fc", 100, 4, 1);
    try (CapturedGradients captures = open(CaptureOptions.defaults().withPseudoGradients())) {
      assertThat(Seen.of(captures.curvature()).joined("fc", 1)).containsExactly(counting(100, 4));
      assertThat(Seen.of(captures.training()).joined("fc", 1)).containsExactly(counting(-5, 4));
      assertThat(captures.queries().orElseThrow().examples()).isEqualTo(QUERIES);
      assertThat(captures.unused()).isEmpty();
    }
    try (CapturedGradients captures = open(CaptureOptions.defaults())) {
      assertThat(captures.unused()).containsExactly("train.pseudograd.fc");
    }
  }

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
    try (CapturedGradients captures = open(CaptureOptions.defaults())) {
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

  @Test
  void badNumbersAreToldWhenTheFileIsOpened() throws IOException {
    linear("fc", 4, "train");
    tensors.get("train.grad.fc").set(3, Double.NaN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(CaptureOptions.defaults()))
        .withMessageContaining("\"train.grad.fc\" holds NaN at example 3, row 0, column 0");
  }

  @Test
  void elementTypesAreKept() throws IOException {
    tensors.put("train.act.fc", TensorView.allocate(ElementType.BF16, 4, 2));
    tensors.put("train.grad.fc", TensorView.allocate(ElementType.F16, 4, 1));
    try (CapturedGradients captures = open(CaptureOptions.defaults())) {
      captures
          .training()
          .replay(
              batch -> {
                LayerBatch use = batch.layers().get(0);
                assertThat(use.activations().type()).isEqualTo(ElementType.BF16);
                assertThat(use.outputGradients().type()).isEqualTo(ElementType.F16);
              });
    }
  }

  @Test
  void closedCapturesSaySo() throws IOException {
    linear("fc", 4, "train");
    CapturedGradients captures = open(CaptureOptions.defaults());
    captures.close();
    captures.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> captures.training().replay(batch -> {}))
        .withMessageContaining("already closed");
  }

  /** The program of docs/captured-format.md. */
  @Test
  void theDocumentedProgramRuns() throws IOException {
    for (String side : List.of("train", "query")) {
      put(side + ".act.stem", 1, 2, 3, 8, 8);
      put(side + ".grad.stem", 1, 2, 64, 4, 4);
      linear("decoder", 2, side);
      linear("decoder#1", 2, side);
    }
    put("train.pseudograd.stem", 7, 2, 64, 4, 4);
    put("train.pseudograd.decoder", 7, 2, 1);
    put("train.pseudograd.decoder#1", 7, 2, 1);
    Path file = folder.resolve("captures.safetensors");
    Safetensors.write(file, tensors, Map.of());
    CaptureOptions options =
        CaptureOptions.defaults()
            .withConvolution("stem", Conv2d.of(3, 64, 7).withStride(2).withPadding(3)) // --conv
            .withoutBias("stem") // --no-bias
            .withTied("decoder") // --tied; withoutTied() is --untied
            .withPseudoGradients(); // --pseudo-gradients
    try (CapturedGradients captures = CapturedGradients.open(file, options);
        Influence influence = Influence.builder().layers(captures.layers()).build()) {
      FittedCurvature curvature = influence.fit(captures.curvature());
      InfluenceScores scores =
          influence.score(
              curvature,
              captures.queries().orElseThrow(),
              captures.training(),
              ScoreOptions.topK(10));
      assertThat(scores.proponents(0)).isNotEmpty();
    }
    String document = words(Path.of("../docs/captured-format.md"));
    String source =
        words(Path.of("src/test/java", getClass().getName().replace('.', '/') + ".java"));
    int first = document.indexOf("CaptureOptionsoptions=");
    String program = document.substring(first, document.indexOf("}```", first));
    assertThat(source).contains(program);
  }

  private static String words(Path file) throws IOException {
    return Files.readString(file).replaceAll("\\s+", "");
  }
}
