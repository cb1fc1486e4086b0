/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * By the backend's own count, which the stand-ins confirm: runs that would not fit are cut so that
 * they do, to the same bits.
 */
@ExtendWith(Leaks.class)
final class CudaMemoryBudgetTest {
  private static final int INPUTS = 119;
  private static final int OUTPUTS = 90;
  private static final List<LayerSpec> LAYERS =
      IntStream.range(0, 4).mapToObj(i -> LayerSpec.linear("layer" + i, INPUTS, OUTPUTS)).toList();
  private static final int QUERIES = 12;
  private static final int TRAIN = 30;
  private static final int ROWS = 100;

  /** The smallest work, and what half of the layers take. */
  private static final long BUDGET = 17L << 19;

  private static final Damping[] DAMPINGS = {Damping.HEURISTIC, Damping.absolute(1)};

  private final GradientSource train = source("train", TRAIN, ROWS);
  private final GradientSource queries = source("queries", QUERIES, 2);
  private static FittedCurvature curvature;

  @BeforeAll
  static void fitWithoutBudget() {
    Scenario.assumeAvailable();
    try (Influence influence = open(Long.MAX_VALUE)) {
      curvature = influence.fit(source("fit", 4, ROWS));
    }
  }

  /** One batch in Java arrays, which the backend copies. */
  private static GradientSource source(String name, int examples, int rows) {
    Random random = SeededRandom.at("budget " + name);
    TensorView activations = normals(random, examples, rows, INPUTS);
    TensorView gradients = normals(random, examples, rows, OUTPUTS);
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
    return Influence.builder().layers(LAYERS).backend("cuda").maxMemory(maxMemory).build();
  }

  private static void assertKept(Function<Influence, double[][]> run) {
    double[][] expected;
    try (Influence influence = open(Long.MAX_VALUE)) {
      expected = run.apply(influence);
      assertThat(influence.peakMemory()).isGreaterThan(BUDGET);
    }
    try (Influence influence = open(BUDGET)) {
      if (!StandIns.real()) {
        StandIns.capacity(BUDGET);
      }
      assertThat(run.apply(influence)).isDeepEqualTo(expected);
      // And a good part of it is used.
      assertThat(influence.peakMemory()).isBetween(BUDGET / 3, BUDGET);
    } finally {
      if (!StandIns.real()) {
        StandIns.capacity(1L << 30);
      }
    }
  }

  @Test
  void fit() {
    assertKept(
        influence -> {
          FittedCurvature fitted = influence.fit(train);
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
    assertKept(
        influence -> {
          InfluenceScores scores = influence.score(curvature, queries, train, options);
          return IntStream.range(0, QUERIES)
              .boxed()
              .flatMap(q -> IntStream.range(0, TRAIN).mapToObj(e -> scores.rowScores(q, e)))
              .toArray(double[][]::new);
        });
  }

  @Test
  void lowRankScores() {
    for (LowRank lowRank : new LowRank[] {LowRank.randomized(24), LowRank.full(24)}) {
      ScoreOptions options = ScoreOptions.pairwise().withLowRank(lowRank).withDampings(DAMPINGS);
      assertKept(influence -> influence.score(curvature, queries, train, options).toMatrix());
    }
  }

  @Test
  void topScores() {
    ScoreOptions options = ScoreOptions.topK(5).withDampings(DAMPINGS);
    assertKept(
        influence -> {
          InfluenceScores scores = influence.score(curvature, queries, train, options);
          return IntStream.range(0, QUERIES)
              .mapToObj(
                  q ->
                      Stream.concat(scores.proponents(q).stream(), scores.opponents(q).stream())
                          .mapToDouble(Hit::score)
                          .toArray())
              .toArray(double[][]::new);
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

  @Test
  void tooLittleForOneLayer() {
    long little = 6L << 20;
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
    }
    try (Influence influence = open(BUDGET)) {
      assertThatThrownBy(influence::fitter)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("do not fit into maxMemory=" + BUDGET + " beside those before");
    }
    assertThatThrownBy(() -> open(300 << 10))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "a buffer for copies needs 262144 bytes, which do not fit beside 262144 bytes in use"
                + " into maxMemory=307200; raise Influence.builder().maxMemory, or choose backend"
                + " cpu.");
  }
}
