/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Captures are read as documented: every example, by number too, with scores of their own. */
final class CapturedGradientsTest extends CaptureFiles {
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

  /** A pass uses the memory of the one before, but not that of one that goes on. */
  @Test
  void passesWithinAPassSeeTheirOwnNumbers() throws IOException {
    linear("fc", TRAIN, "train");
    try (CapturedGradients captures = open(CaptureOptions.defaults())) {
      List<Double> outer = new ArrayList<>();
      captures
          .training()
          .replay(
              batch -> {
                Seen inner = Seen.of(captures.training());
                assertThat(inner.joined("fc", 0)).containsExactly(counting(1, 2 * TRAIN));
                Arrays.stream(batch.layers().get(0).activations().toDoubles()).forEach(outer::add);
              });
      assertThat(outer.stream().mapToDouble(x -> x).toArray())
          .containsExactly(counting(1, 2 * TRAIN));
    }
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
            .withLinear() // --linear; withRowsFirst() is --rows-first, both take names
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
