/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.Normalization;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What scores say: rows, layers, groups, sums and dampings. */
final class InfluenceScoringTest extends Scoring {
  @Test
  void rowsAddUpToTheScore() {
    InfluenceScores dense = score(PAIRS);
    InfluenceScores training = score(PAIRS.withPerRow(true));
    InfluenceScores query = score(PAIRS.withPerQueryRow(true));
    assertThat(training.trainingPasses()).isEqualTo(1);
    assertThat(query.trainingPasses()).isEqualTo(2);
    for (int q = 0; q < QUERIES; q++) {
      assertThat(query.rowScores(q, 0)).hasSameSizeAs(query.rowScores(q, 1));
      for (int e = 0; e < TRAIN; e++) {
        double expected = dense.score(q, e);
        double byTraining = Arrays.stream(training.rowScores(q, e)).sum();
        double byQuery = Arrays.stream(query.rowScores(q, e)).sum();
        assertThat(byTraining).isCloseTo(expected, within(1e-9));
        assertThat(byQuery).isCloseTo(expected, within(1e-9));
      }
    }
    for (int e = 1; e < TRAIN; e++) {
      assertThat(training.rowScores(0, e)).hasSameSizeAs(training.rowScores(1, e));
    }
  }

  static Stream<ScoreOptions> rowOptions() {
    return Stream.of(
        ScoreOptions.topK(2).withPerRow(true),
        ScoreOptions.topK(2).withPerQueryRow(true),
        ScoreOptions.topK(2).withPerRow(true).withLowRank(LowRank.randomized(1)),
        ScoreOptions.topK(2).withPerQueryRow(true).withLowRank(LowRank.randomized(1)));
  }

  @ParameterizedTest
  @MethodSource("rowOptions")
  void rowsOfHitsOnly(ScoreOptions options) {
    InfluenceScores top = score(options);
    assertThat(top.trainingPasses()).isEqualTo(2);
    for (int q = 0; q < QUERIES; q++) {
      List<Long> hits = new ArrayList<>();
      Stream.concat(top.proponents(q).stream(), top.opponents(q).stream())
          .forEach(
              hit -> {
                hits.add(hit.example());
                assertThat(hit.score()).isNotZero();
              });
      for (Hit hit : top.proponents(q)) {
        double sum = Arrays.stream(top.rowScores(q, hit.example())).sum();
        assertThat(sum).isCloseTo(hit.score(), within(1e-9));
      }
      int query = q;
      long other =
          IntStream.range(0, TRAIN).filter(e -> !hits.contains((long) e)).findFirst().orElseThrow();
      assertThatIllegalStateException()
          .isThrownBy(() -> top.rowScores(query, other))
          .withMessageContaining("No row scores of example " + other);
    }
  }

  @Test
  void layersAddUpToTheScore() {
    InfluenceScores dense = score(PAIRS.withPerLayer(true));
    InfluenceScores top = score(ScoreOptions.topK(3).withPerLayer(true));
    for (int q = 0; q < QUERIES; q++) {
      for (int e = 0; e < TRAIN; e++) {
        double sum = 0;
        for (LayerSpec layer : LAYERS) {
          sum += dense.layerScores(layer.name(), q)[e];
        }
        assertThat(sum).isCloseTo(dense.score(q, e), within(1e-9));
      }
      for (Hit hit : top.opponents(q)) {
        double part = dense.layerScores("two", q)[(int) hit.example()];
        assertThat(top.layerScore("two", q, hit)).isEqualTo(part);
        assertThat(dense.layerScore("two", q, hit)).isEqualTo(part);
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> dense.layerScores("nobody", 0))
        .withMessageContaining("No layer \"nobody\"; the layers are [one, two, three].");
    assertThatIllegalStateException().isThrownBy(() -> score(PAIRS).layerScores("one", 0));
  }

  @Test
  void groupsSumTheirExamples() {
    InfluenceScores dense = score(PAIRS);
    // Group 0 has the even examples, 1 every fourth odd one, 2 nothing; the others are left out.
    TrainingGroups groups = new TrainingGroups(3, e -> e % 2 == 0 ? 0 : e % 4 == 1 ? 1 : -1);
    InfluenceScores grouped = score(PAIRS.withGroups(groups).withPerLayer(true));
    assertThat(grouped.examples()).isEqualTo(3);
    for (int q = 0; q < QUERIES; q++) {
      double[] expected = new double[3];
      for (int e = 0; e < TRAIN; e++) {
        int group = e % 2 == 0 ? 0 : e % 4 == 1 ? 1 : -1;
        if (group >= 0) {
          expected[group] += dense.score(q, e);
        }
      }
      assertThat(grouped.scores(q)).containsExactly(expected, within(1e-9));
      assertThat(grouped.score(q, 2)).isZero();
      assertThat(grouped.layerScores("one", q)).hasSize(3);
    }
    InfluenceScores nobody = score(PAIRS.withGroups(new TrainingGroups(2, e -> -1)));
    assertThat(nobody.scores(0)).containsExactly(0, 0);
  }

  @Test
  void aggregatedQueriesAreTheSumOfTheirScores() {
    InfluenceScores dense = score(PAIRS);
    InfluenceScores one = score(PAIRS.withAggregatedQueries(true));
    InfluenceScores top = score(ScoreOptions.topK(2).withAggregatedQueries(true));
    assertThat(one.queries()).isEqualTo(1);
    for (int e = 0; e < TRAIN; e++) {
      double sum = 0;
      for (int q = 0; q < QUERIES; q++) {
        sum += dense.score(q, e);
      }
      assertThat(one.score(0, e)).isCloseTo(sum, within(1e-9));
    }
    assertThat(top.proponents(0)).isEqualTo(sorted(one.scores(0), 1, 2));
  }

  @Test
  void perExampleDividesByTheExamplesScanned() {
    ScoreOptions options = PAIRS.withPerLayer(true).withPerRow(true);
    InfluenceScores raw = score(options);
    InfluenceScores scaled = score(options.withNormalization(Normalization.PER_EXAMPLE));
    InfluenceScores top =
        score(ScoreOptions.topK(2).withNormalization(Normalization.PER_EXAMPLE).withPerLayer(true));
    for (int q = 0; q < QUERIES; q++) {
      close(scaled.scores(q), raw.scores(q));
      close(scaled.layerScores("one", q), raw.layerScores("one", q));
      close(scaled.rowScores(q, 3), raw.rowScores(q, 3));
      Hit hit = top.proponents(q).get(0);
      assertThat(hit.score()).isEqualTo(scaled.score(q, hit.example()));
      assertThat(top.layerScore("one", q, hit)).isEqualTo(scaled.layerScore("one", q, hit));
    }
    try (Influence influence = builder().build()) {
      SelfInfluenceOptions self = SelfInfluenceOptions.defaults();
      close(
          influence
              .selfInfluence(curvature, train, self.withNormalization(Normalization.PER_EXAMPLE))
              .scores(),
          influence.selfInfluence(curvature, train, self).scores());
    }
  }

  private static void close(double[] scaled, double[] raw) {
    double[] expected = Arrays.stream(raw).map(x -> x / TRAIN).toArray();
    assertThat(scaled).containsExactly(expected, within(1e-11));
  }

  @Test
  void selfInfluenceIsTheDiagonal() {
    Damping other = Damping.absolute(0.4);
    ScoreOptions options = PAIRS.withDampings(Damping.HEURISTIC, other).withPerLayer(true);
    try (Influence influence = builder().build()) {
      InfluenceScores pairs = influence.score(curvature, train, train, options);
      Captures counted = train.inBatchesOf(3);
      SelfInfluence self =
          influence.selfInfluence(
              curvature,
              counted,
              SelfInfluenceOptions.defaults()
                  .withDampings(Damping.HEURISTIC, other)
                  .withPerLayer(true));
      assertThat(counted.replays()).isEqualTo(1);
      assertThat(self.examples()).isEqualTo(TRAIN);
      for (Damping damping : pairs.dampings()) {
        for (int e = 0; e < TRAIN; e++) {
          double expected = pairs.forDamping(damping).score(e, e);
          assertThat(self.scores(damping)[e]).isPositive().isCloseTo(expected, within(1e-9));
          double layer = pairs.forDamping(damping).layerScores("two", e)[e];
          assertThat(self.layerScores("two", damping)[e]).isCloseTo(layer, within(1e-9));
        }
      }
      assertThat(self.top(4)).isEqualTo(sorted(self.scores(), 1, 4));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> self.scores(Damping.absolute(7)))
          .withMessageContaining("No scores for damping absolute(7.0); there are some for");
    }
  }

  @Test
  void severalDampingsTakeOnePass() {
    Damping[] dampings = {Damping.HEURISTIC, Damping.absolute(0.2), Damping.relative(2)};
    Captures countedQueries = queries.inBatchesOf(3);
    Captures countedTrain = train.inBatchesOf(6);
    try (Influence influence = builder().build()) {
      InfluenceScores all =
          influence.score(curvature, countedQueries, countedTrain, PAIRS.withDampings(dampings));
      assertThat(countedTrain.replays()).isEqualTo(1);
      assertThat(countedQueries.replays()).isEqualTo(1);
      assertThat(all.dampings()).containsExactly(dampings);
      for (Damping damping : dampings) {
        double[][] alone = score(PAIRS.withDampings(damping)).toMatrix();
        assertThat(all.forDamping(damping).toMatrix()).isDeepEqualTo(alone);
      }
    }
  }

  @Test
  void identityNeedsNoFittingData() {
    Captures untouched = train.inBatchesOf(4);
    try (Influence influence = builder().strategy(CurvatureStrategy.IDENTITY).build()) {
      FittedCurvature identity = influence.fit(untouched);
      assertThat(untouched.replays()).isZero();
      InfluenceScores once = influence.score(identity, queries, train, PAIRS);
      ScoreOptions other = PAIRS.withDampings(Damping.absolute(3));
      assertThat(influence.score(identity, queries, train, other).toMatrix())
          .isDeepEqualTo(once.toMatrix());
      assertThat(String.format(Locale.ROOT, "%s", influence.layers())).contains("one", "three");
    }
  }
}
