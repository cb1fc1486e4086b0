/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.TrainingGroups;
import java.util.function.LongToIntFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Numbers that no machine has room for are refused before anything is allocated, or harmless. */
final class AbsurdSizesTest {
  private static final int HUGE = Integer.MAX_VALUE;
  private static final LayerSpec LAYER = LayerSpec.linear("fc", 2, 1);

  private static LayerBatch rows() {
    return new LayerBatch(
        "fc",
        TensorView.of(new float[] {1, 2, 3, 4, 5, 7}, 3, 2),
        TensorView.of(new float[] {1, -1, 2}, 3, 1));
  }

  private static final GradientSource DATA = sink -> sink.accept(GradientBatch.of(3, rows()));

  private static Influence.Builder builder(LayerSpec layer) {
    return Influence.builder().layers(layer).backend("reference").threads(1);
  }

  private static InfluenceScores scores(ScoreOptions options) {
    try (Influence influence = builder(LAYER).build()) {
      return influence.score(influence.fit(DATA), DATA, DATA, options);
    }
  }

  private static void refused(String message, ThrowingCallable action) {
    assertThatIllegalArgumentException().isThrownBy(action).withMessageContaining(message);
  }

  @Test
  void groups() {
    LongToIntFunction ofExample = example -> (int) example;
    ScoreOptions options =
        ScoreOptions.pairwise().withGroups(new TrainingGroups(HUGE, ofExample)).withPerLayer(true);
    refused("Scores of 2147483647 groups of training examples would need", () -> scores(options));
    refused("number the groups from 0 without gaps", () -> scores(options));
  }

  @Test
  void hitsAndRanks() {
    InfluenceScores all = scores(ScoreOptions.pairwise());
    for (LowRank rank : new LowRank[] {null, LowRank.randomized(HUGE), LowRank.full(HUGE)}) {
      InfluenceScores hits = scores(ScoreOptions.topK(HUGE).withLowRank(rank).withPerLayer(true));
      hits.proponents(0)
          .forEach(
              hit ->
                  assertThat(hit.score())
                      .isCloseTo(
                          all.scores(0)[(int) hit.example()],
                          org.assertj.core.data.Percentage.withPercentage(1e-3)));
    }
    assertThat(FunnelOptions.topK(HUGE).survivors()).isEqualTo(HUGE);
  }

  @Test
  void blocks() {
    Influence.Builder builder = builder(LAYER).strategy(CurvatureStrategy.blockDiagonalEkfac(HUGE));
    try (Influence influence = builder.build()) {
      assertThat(influence.fit(DATA).layers()).containsExactly(LAYER);
    }
  }

  @Test
  void threads() {
    refused("threads must be at most 4096, got 2147483647", builder(LAYER).threads(HUGE)::build);
  }

  @Test
  void examplesOfABatch() {
    GradientSource lying = sink -> sink.accept(GradientBatch.of(HUGE, rows().withRowsOf(0, 1, 2)));
    try (Influence influence = builder(LAYER).build()) {
      refused("A batch of 2147483647 examples would need", () -> influence.fit(lying));
      try (CurvatureFitter fitter = influence.fitter()) {
        refused("2147483647 examples", () -> lying.replay(fitter::addCovariance));
      }
    }
    refused("more rows than an array can number", () -> BatchRows.ofExamples(HUGE));
    refused("more rows than an array can number", () -> BatchRows.of(1 << 16, 1 << 16));
  }

  @Test
  void layers() {
    for (LayerSpec layer :
        new LayerSpec[] {
          LayerSpec.linear("fc", HUGE - 1, HUGE),
          LayerSpec.linear("fc", HUGE - 1, 1),
          LayerSpec.linear("fc", 1, HUGE),
          LayerSpec.conv2d("fc", Conv2d.of(HUGE - 1, HUGE - 1, 1).withGroups(HUGE - 1))
        }) {
      GradientSource nothing = sink -> sink.accept(GradientBatch.of(1, LayerBatch.empty(layer)));
      try (Influence influence = builder(layer).build()) {
        refused("Layer \"fc\": fitting needs", () -> influence.fit(nothing));
      }
    }
    LayerSpec wide = LayerSpec.linear("fc", HUGE - 1, HUGE);
    LayerSpec beside = LayerSpec.linear("gc", HUGE - 1, HUGE).sharingInputOf("fc");
    try (Influence influence = builder(wide).layers(wide, beside).build()) {
      refused("\"fc\" with the layers that share its input: fitting", influence::fitter);
    }
    refused("more than an int can count", () -> LayerSpec.linear("fc", HUGE, 1));
    refused("more inputs than", () -> LayerSpec.conv2d("c", Conv2d.of(1 << 16, 1, 1 << 16)));
  }

  @Test
  void tensors() {
    refused("2^31-1 elements", () -> TensorView.allocate(ElementType.F32, HUGE, HUGE, HUGE));
    refused("2 GiB", () -> TensorView.allocate(ElementType.F64, HUGE));
  }
}
