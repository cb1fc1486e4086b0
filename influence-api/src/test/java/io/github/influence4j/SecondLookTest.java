/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A source that gives examples by number is asked for the hits of a top-k, and not replayed. */
class SecondLookTest {
  private static final int N = 60;
  private static final LayerSpec[] LAYERS = {
    LayerSpec.linear("first", 6, 5), LayerSpec.linear("second", 5, 4).withoutBias()
  };
  private static final TestModel TRAIN = TestModel.random(new Random(1), N, 4, List.of(LAYERS));
  private static final TestModel QUERIES = TestModel.random(new Random(2), 3, 4, List.of(LAYERS));

  /** Counts what it is asked for. */
  private static final class Counting implements IndexedGradients {
    private final List<long[]> asked = new ArrayList<>();
    private int replays;
    private UnaryOperator<int[]> instead = numbers -> numbers;

    @Override
    public long examples() {
      return N;
    }

    @Override
    public GradientSource examples(long... numbers) {
      asked.add(numbers.clone());
      int[] some = LongStream.of(numbers).mapToInt(Math::toIntExact).toArray();
      return TRAIN.select(instead.apply(some)).source(3);
    }

    @Override
    public void replay(GradientSink sink) {
      replays++;
      TRAIN.source(7).replay(sink);
    }
  }

  private static List<ScoreOptions> options() {
    ScoreOptions top = ScoreOptions.topK(2);
    return List.of(
        top.withPerRow(true),
        top.withPerQueryRow(true),
        top.withLowRank(LowRank.full(1)).withPerLayer(true),
        top.withLowRank(LowRank.randomized(2)).withPerRow(true),
        top.withAggregatedQueries(true).withLowRank(LowRank.full(1)));
  }

  private static Influence influence(long maxMemory) {
    return Influence.builder().layers(LAYERS).backend("reference").maxMemory(maxMemory).build();
  }

  private static FittedCurvature curvature() {
    try (Influence influence = influence(1 << 20)) {
      return influence.fit(TRAIN.source(9));
    }
  }

  @ParameterizedTest
  @MethodSource("options")
  void theTrainingSetIsNotReplayed(ScoreOptions options) {
    Counting train = new Counting();
    try (Influence influence = influence(1 << 20)) {
      FittedCurvature curvature = curvature();
      InfluenceScores scores = influence.score(curvature, QUERIES.source(2), train, options);
      assertThat(train.replays).isEqualTo(1);
      assertThat(scores.trainingPasses()).isEqualTo(1);
      assertThat(train.asked).hasSize(1);
      assertThat(train.asked.get(0)).containsExactly(hits(scores));
      InfluenceScores replayed =
          influence.score(curvature, QUERIES.source(2), TRAIN.source(7), options);
      assertThat(replayed.trainingPasses()).isEqualTo(2);
      requireSameBits(scores, replayed);
    }
  }

  /** Where queries, then layers, do not fit in memory together. */
  @ParameterizedTest
  @MethodSource("options")
  void norForSomeQueriesOrLayersAtATime(ScoreOptions options) {
    FittedCurvature curvature = curvature();
    for (long memory : new long[] {3000, 2000}) {
      Counting train = new Counting();
      try (Influence influence = influence(memory)) {
        InfluenceScores scores = influence.score(curvature, QUERIES.source(2), train, options);
        InfluenceScores replayed =
            influence.score(curvature, QUERIES.source(2), TRAIN.source(7), options);
        assertThat(train.replays).isEqualTo(scores.trainingPasses());
        assertThat(scores.trainingPasses()).isLessThan(replayed.trainingPasses());
        requireSameBits(scores, replayed);
      }
    }
  }

  @Test
  void allPairsNeedAllExamples() {
    Counting train = new Counting();
    try (Influence influence = influence(1 << 20)) {
      ScoreOptions options = ScoreOptions.pairwise().withPerQueryRow(true);
      InfluenceScores scores = influence.score(curvature(), QUERIES.source(2), train, options);
      assertThat(scores.trainingPasses()).isEqualTo(2).isEqualTo(train.replays);
      assertThat(train.asked).isEmpty();
    }
  }

  @Test
  void withoutHitsNothingIsAskedFor() {
    List<LayerSpec> layers = List.of(LAYERS);
    TestModel nothing = TestModel.random(new Random(3), 2, 1, layers).scaled(0);
    Counting train = new Counting();
    try (Influence influence = influence(1 << 20)) {
      InfluenceScores scores =
          influence.score(curvature(), nothing.source(2), train, options().get(2));
      assertThat(scores.proponents(0)).isEmpty();
      assertThat(train.asked).isEmpty();
    }
  }

  @Test
  void otherExamplesThanAskedForAreRefused() {
    refused(
        numbers -> {
          numbers[1] = numbers[1] == 0 ? 1 : numbers[1] - 1;
          return numbers;
        },
        "The training source gave another example ");
    refused(numbers -> Arrays.copyOf(numbers, 2), "The training source pushed 2 examples where ");
    refused(
        numbers -> {
          int[] more = Arrays.copyOf(numbers, numbers.length + 1);
          more[numbers.length] = N - 1;
          return more;
        },
        "IndexedGradients.examples(numbers) must give exactly these");
  }

  private static void refused(UnaryOperator<int[]> instead, String text) {
    Counting train = new Counting();
    train.instead = instead;
    try (Influence influence = influence(1 << 20)) {
      FittedCurvature curvature = curvature();
      assertThatIllegalStateException()
          .isThrownBy(() -> influence.score(curvature, QUERIES.source(2), train, options().get(0)))
          .withMessageContaining(text);
    }
  }

  @Test
  void aSourceNumbersWhatItReplays() {
    IndexedGradients train = IndexedGradients.of(N + 1, numbers -> TRAIN.source(5));
    try (Influence influence = influence(1 << 20)) {
      FittedCurvature curvature = curvature();
      assertThatIllegalStateException()
          .isThrownBy(
              () -> influence.score(curvature, QUERIES.source(2), train, ScoreOptions.pairwise()))
          .withMessageContaining("pushed 60 examples, but says it has 61");
    }
  }

  private static long[] hits(InfluenceScores scores) {
    TreeSet<Long> numbers = new TreeSet<>();
    for (int q = 0; q < scores.queries(); q++) {
      both(scores, q).forEach(hit -> numbers.add(hit.example()));
    }
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  private static List<Hit> both(InfluenceScores scores, int query) {
    List<Hit> both = new ArrayList<>(scores.proponents(query));
    both.addAll(scores.opponents(query));
    return both;
  }

  private static void requireSameBits(InfluenceScores scores, InfluenceScores expected) {
    ScoreOptions options = scores.options();
    for (int q = 0; q < expected.queries(); q++) {
      assertThat(both(scores, q)).isEqualTo(both(expected, q)).isNotEmpty();
      assertThat(scores.rankAgreement(q)).isEqualTo(expected.rankAgreement(q));
      for (Hit hit : both(expected, q)) {
        if (options.perRow() || options.perQueryRow()) {
          assertThat(scores.rowScores(q, hit.example()))
              .isEqualTo(expected.rowScores(q, hit.example()));
        }
        for (String layer : options.perLayer() ? scores.layers() : List.<String>of()) {
          assertThat(scores.layerScore(layer, q, hit))
              .isEqualTo(expected.layerScore(layer, q, hit));
        }
      }
    }
  }
}
