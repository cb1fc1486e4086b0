/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * By the backend's own count: runs that would not fit are cut so that they do, to the same bits.
 */
class MemoryBudgetTest {
  private static final List<LayerSpec> LAYERS =
      IntStream.range(0, 6).mapToObj(i -> LayerSpec.linear("layer" + i, 399, 300)).toList();
  private static final int QUERIES = 24;
  private static final int TRAIN = 40;
  private static final int ROWS = 128;

  /** Two workspaces of 12 MiB, the smallest work, and half of what the layers take. */
  private static final long BUDGET = 66L << 20;

  /** Enough for one layer of ordinary numbers. */
  private static final long BUDGET_OF_ONE = 53L << 20;

  private static final long BUDGET_OF_TWO = 57L << 20;

  private static final Damping[] DAMPINGS = {Damping.HEURISTIC, Damping.absolute(1)};

  private static GradientSource train;
  private static GradientSource queries;
  private static FittedCurvature curvature;

  @BeforeAll
  static void fitWithoutBudget() {
    train = source("train", TRAIN, ROWS);
    queries = source("queries", QUERIES, 2);
    try (Influence influence = open(Long.MAX_VALUE)) {
      curvature = influence.fit(train);
    }
  }

  /** One batch in Java arrays, which the backend copies. */
  private static GradientSource source(String name, int examples, int rows) {
    Random random = SeededRandom.at("budget " + name);
    TensorView activations = normals(random, examples, rows, 399);
    TensorView gradients = normals(random, examples, rows, 300);
    List<LayerBatch> layers = new ArrayList<>();
    LAYERS.forEach(layer -> layers.add(new LayerBatch(layer.name(), activations, gradients)));
    GradientBatch batch = GradientBatch.of(examples, layers.toArray(new LayerBatch[0]));
    return sink -> sink.accept(batch);
  }

  private static TensorView normals(Random random, int... shape) {
    float[] values = new float[shape[0] * shape[1] * shape[2]];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorView.of(values, shape[0], shape[1], shape[2]);
  }

  private static Influence open(long maxMemory) {
    return open(LAYERS, maxMemory);
  }

  private static Influence open(List<LayerSpec> layers, long maxMemory) {
    return Influence.builder()
        .layers(layers)
        .backend("cpu")
        .threads(2)
        .maxMemory(maxMemory)
        .build();
  }

  private static void assertKept(Function<Influence, double[][]> run) {
    double[][] expected;
    try (Influence influence = open(Long.MAX_VALUE)) {
      expected = run.apply(influence);
      assertThat(influence.peakMemory()).isGreaterThan(BUDGET);
    }
    try (Influence influence = open(BUDGET)) {
      assertThat(run.apply(influence)).isDeepEqualTo(expected);
      // And most of it is used.
      assertThat(influence.peakMemory()).isBetween(BUDGET / 2, BUDGET);
    }
  }

  private static double[][] rows(InfluenceScores scores) {
    return IntStream.range(0, scores.queries())
        .boxed()
        .flatMap(q -> IntStream.range(0, TRAIN).mapToObj(e -> scores.rowScores(q, e)))
        .toArray(double[][]::new);
  }

  @Test
  void fit() {
    assertKept(
        influence -> {
          FittedCurvature fitted = influence.fit(train);
          assertThat(fitted.layers()).isEqualTo(LAYERS);
          return LAYERS.stream()
              .map(layer -> fitted.eigenvalues(layer.name()))
              .toArray(double[][]::new);
        });
  }

  @Test
  void denseScores() {
    ScoreOptions options = ScoreOptions.pairwise();
    assertKept(influence -> influence.score(curvature, queries, train, options).toMatrix());
  }

  @Test
  void rowScores() {
    ScoreOptions options = ScoreOptions.pairwise().withPerRow(true);
    assertKept(influence -> rows(influence.score(curvature, queries, train, options)));
  }

  @Test
  void lowRankScores() {
    ScoreOptions options =
        ScoreOptions.pairwise().withLowRank(LowRank.randomized(64)).withDampings(DAMPINGS);
    assertKept(influence -> influence.score(curvature, queries, train, options).toMatrix());
  }

  /** Rank 32 leaves more of the norm, rank 64 0.11 at most. */
  @Test
  void scoresOfAdaptiveRank() {
    LowRank lowRank = LowRank.randomized(32).withMaxResidual(0.14);
    ScoreOptions options = ScoreOptions.pairwise().withLowRank(lowRank).withDampings(DAMPINGS);
    assertKept(
        influence -> {
          InfluenceScores scores = influence.score(curvature, queries, train, options);
          assertThat(scores.explain()).contains(", rank 64:");
          return scores.toMatrix();
        });
  }

  @Test
  void selfInfluence() {
    SelfInfluenceOptions options = SelfInfluenceOptions.defaults().withDampings(DAMPINGS);
    assertKept(
        influence ->
            new double[][] {
              influence.selfInfluence(curvature, train, options).scores(),
              influence.selfInfluence(curvature, train, options).scores(DAMPINGS[1])
            });
  }

  /**
   * Numbers of magnitudes far apart have accumulators of their own, which no plan foresees: layers
   * that do not fit with them are fitted again, fewer at a time.
   */
  @Test
  void magnitudesFarApart() {
    GradientSource mixed = magnitudes(train);
    assertKept(
        influence -> {
          FittedCurvature fitted = influence.fit(mixed);
          assertThat(fitted.layers()).isEqualTo(LAYERS);
          return LAYERS.stream().map(layer -> squares(fitted, layer)).toArray(double[][]::new);
        });
  }

  /** Batches pushed by hand cannot be had again; what does not fit is refused as a whole. */
  @Test
  void magnitudesFarApartInAFitterOfOnesOwn() {
    List<LayerSpec> two = LAYERS.subList(0, 2);
    GradientSource ordinary = some(train, two);
    GradientSource mixed = some(magnitudes(train), two);
    try (Influence wide = open(two, Long.MAX_VALUE);
        Influence influence = open(two, BUDGET_OF_TWO);
        CurvatureFitter expected = wide.fitter();
        CurvatureFitter fitter = influence.fitter()) {
      assertThatThrownBy(() -> mixed.replay(fitter::addCovariance))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("numbers of magnitudes far apart are summed apart")
          .hasMessageContaining("raise maxMemory, or call Influence.fit");
      for (CurvatureFitter each : List.of(expected, fitter)) {
        ordinary.replay(each::addCovariance);
        each.eigendecompose();
      }
      assertThatThrownBy(() -> mixed.replay(fitter::addSquares))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("numbers of magnitudes far apart are summed apart");
      for (CurvatureFitter each : List.of(expected, fitter)) {
        ordinary.replay(each::addSquares);
      }
      FittedCurvature a = fitter.finish();
      FittedCurvature b = expected.finish();
      for (LayerSpec layer : two) {
        assertThat(squares(a, layer)).isEqualTo(squares(b, layer));
      }
    }
  }

  @Test
  void magnitudesFarApartThatDoNotFitInOneLayer() {
    try (Influence influence = open(BUDGET_OF_ONE)) {
      influence.fit(train);
      assertThatThrownBy(() -> influence.fit(magnitudes(train)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": fitting needs ")
          .hasMessageContaining(" of them because its numbers differ by magnitudes, more than")
          .hasMessageContaining("maxMemory=" + BUDGET_OF_ONE + " allows; raise maxMemory");
    }
  }

  private static double[] squares(FittedCurvature curvature, LayerSpec layer) {
    TensorView squares = curvature.factors(layer.name()).parts().get(0).squares();
    return Objects.requireNonNull(squares).toDoubles();
  }

  /** The same data, of which every third example is far smaller and every third far larger. */
  private static GradientSource magnitudes(GradientSource source) {
    return sink ->
        source.replay(
            batch ->
                sink.accept(
                    GradientBatch.of(
                        batch.examples(),
                        batch.layers().stream()
                            .map(
                                b ->
                                    new LayerBatch(
                                        b.layer(),
                                        magnitudes(b.activations()),
                                        magnitudes(b.outputGradients())))
                            .toArray(LayerBatch[]::new))));
  }

  private static TensorView magnitudes(TensorView tensor) {
    int each = (int) (tensor.elements() / tensor.size(0));
    float[] values = new float[tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.scalb(tensor.get(i), 70 * (i / each % 3 - 1));
    }
    return TensorView.of(values, tensor.shape());
  }

  private static GradientSource some(GradientSource source, List<LayerSpec> layers) {
    return sink ->
        source.replay(
            batch ->
                sink.accept(
                    GradientBatch.of(
                        batch.examples(),
                        batch.layers().subList(0, layers.size()).toArray(new LayerBatch[0]))));
  }

  @Test
  void tooLittleForOneLayer() {
    long little = 36L << 20;
    try (Influence influence = open(little)) {
      String allows = " bytes, more than maxMemory=" + little + " allows; raise maxMemory";
      assertThatThrownBy(() -> influence.fit(train))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": fitting needs ")
          .hasMessageContaining(allows);
      assertThatThrownBy(() -> influence.score(curvature, queries, train, ScoreOptions.pairwise()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": one query with 1 damping(s) needs ")
          .hasMessageContaining(allows);
      assertThatThrownBy(
              () -> influence.selfInfluence(curvature, train, SelfInfluenceOptions.defaults()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": self-influence with 1 damping(s) needs ")
          .hasMessageContaining(allows);
    }
    try (Influence influence = open(BUDGET)) {
      assertThatThrownBy(influence::fitter)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("do not fit into maxMemory=" + BUDGET + " beside those before");
    }
    assertThatThrownBy(() -> open(1 << 20))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The workspace of a thread needs ")
        .hasMessageContaining("maxMemory=1048576");
  }
}
