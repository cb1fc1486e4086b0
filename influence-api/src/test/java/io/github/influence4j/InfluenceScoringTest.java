/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.Normalization;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run keeps, how it is cut into passes, watched and stopped. */
class InfluenceScoringTest {
  private static final List<LayerSpec> LAYERS =
      List.of(
          LayerSpec.linear("one", 5, 4),
          LayerSpec.linear("two", 4, 3).withoutBias(),
          LayerSpec.linear("three", 3, 3));
  private static final int TRAIN = 23;
  private static final int QUERIES = 5;
  private static final ScoreOptions PAIRS = ScoreOptions.pairwise();

  /** Bytes of one dense float64 query: 4 x 6, 3 x 4 and 3 x 4 weights; the largest counts twice. */
  private static final long QUERY_BYTES = 8 * (24 + 12 + 12 + 24);

  /** Bytes of the curvature: eigenvectors, weights of each damping, one gradient. */
  private static long loadedBytes(int dampings) {
    return 8L * (6 * 6 + 4 * 4 + 2 * (4 * 4 + 3 * 3) + (dampings + 1) * (24 + 12 + 12));
  }

  /** Bytes of one query of the largest layer alone, 4 x 6. */
  private static long largestAlone(int dampings) {
    return 8L * (6 * 6 + 4 * 4 + (dampings + 1) * 24 + 2 * dampings * 24);
  }

  private final TestRandom random = TestRandom.of(getClass());
  private final Captures train = captures(TRAIN).inBatchesOf(4);
  private final Captures queries = captures(QUERIES).inBatchesOf(2);
  private final FittedCurvature curvature = fit();

  /** Every fifth example repeats the first, which makes ties. */
  private Captures captures(int examples) {
    Captures captures = new Captures(examples);
    int[] lengths = random.lengths(examples, 1, 4);
    for (int e = 0; e < examples; e += 5) {
      lengths[e] = lengths[0];
    }
    for (LayerSpec layer : LAYERS) {
      double[][][] activations = random.examples(lengths, layer.inputs());
      double[][][] gradients = random.examples(lengths, layer.outputs());
      for (int e = 0; e < examples; e += 5) {
        activations[e] = activations[0];
        gradients[e] = gradients[0];
      }
      captures.linear(layer.name(), activations, gradients);
    }
    return captures;
  }

  private static Influence.Builder builder() {
    return Influence.builder().layers(LAYERS).backend("reference");
  }

  private FittedCurvature fit() {
    try (Influence influence = builder().build()) {
      return influence.fit(train.inBatchesOf(7));
    }
  }

  private InfluenceScores score(ScoreOptions options) {
    return score(options, Long.MAX_VALUE);
  }

  private InfluenceScores score(ScoreOptions options, long maxMemory) {
    try (Influence influence = builder().maxMemory(maxMemory).build()) {
      return influence.score(curvature, queries, train, options);
    }
  }

  private static List<Hit> sorted(double[] scores, int sign, int k) {
    return IntStream.range(0, scores.length)
        .filter(e -> sign * scores[e] > 0)
        .mapToObj(e -> new Hit(e, scores[e]))
        .sorted(
            Comparator.comparingDouble((Hit hit) -> -sign * hit.score())
                .thenComparingLong(Hit::example))
        .limit(k)
        .toList();
  }

  @Test
  void topKIsTheSortedDenseScores() {
    InfluenceScores dense = score(PAIRS);
    for (int k : new int[] {1, 2, 6, TRAIN, 1000}) {
      InfluenceScores top = score(ScoreOptions.topK(k));
      assertThat(top.trainingPasses()).isEqualTo(1);
      for (int q = 0; q < QUERIES; q++) {
        assertThat(top.proponents(q)).isEqualTo(sorted(dense.scores(q), 1, k));
        assertThat(top.opponents(q)).isEqualTo(sorted(dense.scores(q), -1, k));
      }
    }
    for (int q = 0; q < QUERIES; q++) {
      assertThat(dense.proponents(q)).isEqualTo(sorted(dense.scores(q), 1, TRAIN));
      assertThat(dense.opponents(q)).isEqualTo(sorted(dense.scores(q), -1, TRAIN));
    }
  }

  @Test
  void topKKeepsNoPairs() {
    InfluenceScores top = score(ScoreOptions.topK(3).withPerLayer(true));
    for (Runnable access :
        List.<Runnable>of(
            () -> top.scores(0),
            () -> top.score(0, 0),
            top::toMatrix,
            () -> top.layerScores("one", 0))) {
      assertThatIllegalStateException()
          .isThrownBy(access::run)
          .withMessageContaining("These scores were not kept; ask for them with ScoreOptions");
    }
    assertThatThrownBy(() -> top.proponents(QUERIES))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("Query 5 of 5");
  }

  @Test
  void truncatedTopKIsScoredAgainExactly() {
    InfluenceScores dense = score(PAIRS.withPerLayer(true));
    ScoreOptions options = ScoreOptions.topK(4).withLowRank(LowRank.randomized(1));
    InfluenceScores top = score(options.withPerLayer(true));
    InfluenceScores truncated = score(PAIRS.withLowRank(LowRank.randomized(1)));
    assertThat(top.trainingPasses()).isEqualTo(2);
    for (int q = 0; q < QUERIES; q++) {
      assertThat(top.residual("one", q))
          .isBetween(1e-6, 1.0)
          .isEqualTo(truncated.residual("one", q));
      assertThat(top.rankAgreement(q)).isPresent();
      assertThat(top.rankAgreement(q).getAsDouble()).isBetween(-1.0, 1.0);
      assertThat(truncated.rankAgreement(q)).isEmpty();
      assertThat(truncated.scores(q)).isNotEqualTo(dense.scores(q));
      List<Hit> hits =
          Stream.concat(top.proponents(q).stream(), top.opponents(q).stream()).toList();
      for (Hit hit : hits) {
        int example = (int) hit.example();
        assertThat(hit.score()).isCloseTo(dense.score(q, example), within(1e-9));
        double part = dense.layerScores("two", q)[example];
        assertThat(top.layerScore("two", q, hit)).isCloseTo(part, within(1e-9));
      }
    }
  }

  @Test
  void fullRankIsExact() {
    InfluenceScores dense = score(PAIRS);
    InfluenceScores full = score(PAIRS.withLowRank(LowRank.full(3)));
    for (int q = 0; q < QUERIES; q++) {
      assertThat(full.residual("two", q)).isZero();
      // Layer "one" has rank 4; its residual bounds what rank 3 leaves out.
      assertThat(full.residual("one", q)).isBetween(1e-9, 0.7);
    }
    InfluenceScores four = score(PAIRS.withLowRank(LowRank.full(4)));
    assertThat(four.toMatrix()).isDeepEqualTo(dense.toMatrix());
  }

  /** Rank 1, then 2, then exact: factors of rank 3 would be larger than the largest gradient. */
  @ParameterizedTest
  @ValueSource(doubles = {0.95, 0.7, 0.5, 0.3, 0.1, 1e-3})
  void theRankOfEachLayerRisesUntilTheResidualIsKept(double limit) {
    ScoreOptions options =
        PAIRS.withPerLayer(true).withDampings(Damping.HEURISTIC, Damping.absolute(0.5));
    List<InfluenceScores> fixed = new ArrayList<>();
    for (int rank = 1; rank <= 2; rank++) {
      fixed.add(score(options.withLowRank(LowRank.randomized(rank))));
    }
    fixed.add(score(options));
    LowRank adaptive = LowRank.randomized(1).withMaxResidual(limit);
    InfluenceScores actual = score(options.withLowRank(adaptive));
    for (LayerSpec layer : LAYERS) {
      InfluenceScores expected = fixed.get(0);
      if (largestResidual(expected, layer.name()) > limit) {
        boolean rankTwoSaves = layer.outputs() == 4;
        expected = fixed.get(rankTwoSaves ? 1 : 2);
      }
      if (largestResidual(expected, layer.name()) > limit) {
        expected = fixed.get(2);
      }
      for (Damping damping : options.dampings()) {
        for (int q = 0; q < QUERIES; q++) {
          InfluenceScores one = actual.forDamping(damping);
          assertThat(one.residual(layer.name(), q)).isLessThanOrEqualTo(limit);
          assertThat(one.layerScores(layer.name(), q))
              .isEqualTo(expected.forDamping(damping).layerScores(layer.name(), q));
        }
      }
    }
    long oneQuery = loadedBytes(2) + 2 * QUERY_BYTES;
    for (long memory : new long[] {oneQuery, largestAlone(2)}) {
      InfluenceScores cut = score(options.withLowRank(adaptive), memory);
      assertThat(cut.trainingPasses()).isGreaterThan(1);
      assertThat(cut.toMatrix()).isDeepEqualTo(actual.toMatrix());
    }
  }

  private static double largestResidual(InfluenceScores scores, String layer) {
    double largest = 0;
    for (Damping damping : scores.dampings()) {
      for (int q = 0; q < QUERIES; q++) {
        largest = Math.max(largest, scores.forDamping(damping).residual(layer, q));
      }
    }
    return largest;
  }

  @Test
  void adaptiveRanksCostReplaysOfTheQueriesOnly() {
    Captures countedQueries = queries.inBatchesOf(2);
    Captures counted = train.inBatchesOf(4);
    LowRank never = LowRank.randomized(1).withMaxResidual(1e-9);
    try (Influence influence = builder().build()) {
      InfluenceScores scores =
          influence.score(curvature, countedQueries, counted, PAIRS.withLowRank(never));
      assertThat(scores.toMatrix()).isDeepEqualTo(score(PAIRS).toMatrix());
      assertThat(scores.explain()).contains("one [4 x 6]: dense query");
    }
    // Rank 1, rank 2 (layer "one" only), scores.
    assertThat(countedQueries.replays()).isEqualTo(3);
    assertThat(counted.replays()).isEqualTo(1);
  }

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

  static Stream<ScoreOptions> options() {
    Damping[] two = {Damping.HEURISTIC, Damping.absolute(0.2)};
    TrainingGroups groups = new TrainingGroups(4, e -> (int) (e % 4));
    return Stream.of(
        PAIRS,
        PAIRS.withDampings(two).withPerLayer(true),
        PAIRS.withPerRow(true),
        PAIRS.withPerQueryRow(true),
        PAIRS.withGroups(groups).withPerLayer(true),
        PAIRS.withAggregatedQueries(true),
        PAIRS.withLowRank(LowRank.randomized(1)),
        ScoreOptions.topK(3).withPerLayer(true),
        ScoreOptions.topK(3).withPerRow(true).withPerLayer(true),
        ScoreOptions.topK(3).withPerQueryRow(true).withDampings(two),
        ScoreOptions.topK(3).withLowRank(LowRank.randomized(1)).withPerLayer(true));
  }

  @ParameterizedTest
  @MethodSource("options")
  void passesOverQueriesAndLayersChangeNoBit(ScoreOptions options) {
    String expected = everything(score(options), options);
    // Enough for two queries, for one, and for the largest layer alone.
    int dampings = options.dampings().size();
    long one = loadedBytes(dampings) + QUERY_BYTES * dampings;
    long two = one + QUERY_BYTES * dampings;
    for (long memory : new long[] {two, one, largestAlone(dampings)}) {
      assertThat(everything(score(options, memory), options)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("options")
  void batchesChangeNoBit(ScoreOptions options) {
    String expected = everything(score(options), options);
    try (Influence influence = builder().build()) {
      for (int size : new int[] {1, 5, TRAIN}) {
        FittedCurvature fitted = influence.fit(train.inBatchesOf(size));
        InfluenceScores scores =
            influence.score(fitted, queries.inBatchesOf(size), train.inBatchesOf(size), options);
        assertThat(everything(scores, options)).isEqualTo(expected);
      }
    }
  }

  /** All that can be asked for, as text that tells any two doubles apart. */
  private static String everything(InfluenceScores all, ScoreOptions options) {
    StringBuilder text = new StringBuilder();
    for (Damping damping : all.dampings()) {
      InfluenceScores scores = all.forDamping(damping);
      for (int q = 0; q < scores.queries(); q++) {
        List<Hit> hits = new ArrayList<>(scores.proponents(q));
        hits.addAll(scores.opponents(q));
        text.append(hits).append('\n');
        for (Hit hit : hits) {
          for (LayerSpec layer : options.perLayer() ? LAYERS : List.<LayerSpec>of()) {
            text.append(scores.layerScore(layer.name(), q, hit)).append(' ');
          }
          if (options.perRow() || options.perQueryRow()) {
            text.append(Arrays.toString(scores.rowScores(q, hit.example())));
          }
        }
        text.append(options.topK() == 0 ? Arrays.toString(scores.scores(q)) : "");
      }
    }
    return text.toString();
  }

  @Test
  void queriesThatDoNotFitTakeTheFewestPasses() {
    for (int fit = 1; fit <= QUERIES; fit++) {
      Captures counted = train.inBatchesOf(10);
      try (Influence influence = builder().maxMemory(loadedBytes(1) + fit * QUERY_BYTES).build()) {
        InfluenceScores scores = influence.score(curvature, queries, counted, PAIRS);
        int passes = (QUERIES + fit - 1) / fit;
        assertThat(counted.replays()).isEqualTo(passes).isEqualTo(scores.trainingPasses());
        assertThat(scores.explain())
            .contains("5 queries x 1 damping(s), dense")
            .contains(fit + " at a time, " + passes + " pass(es) over the training data");
      }
    }
  }

  @Test
  void layersThatDoNotFitTakeSeveralPassesAQuery() {
    Captures counted = train.inBatchesOf(10);
    // Enough for "one"; "two" and "three" fit together.
    try (Influence influence = builder().maxMemory(largestAlone(1)).build()) {
      InfluenceScores scores = influence.score(curvature, queries, counted, PAIRS);
      assertThat(counted.replays()).isEqualTo(2 * QUERIES).isEqualTo(scores.trainingPasses());
    }
  }

  @Test
  void explanationNamesFormsAndBreakEvens() {
    String text = score(PAIRS.withLowRank(LowRank.randomized(1))).explain();
    assertThat(text)
        .contains("5 queries x 1 damping(s), rank 1")
        .contains("one [4 x 6]: rank 1 query, rotate rows below 5 rows an example, score ")
        .containsPattern("row by row below \\d+ rows an example, else by gradient");
    assertThat(score(PAIRS.withAggregatedQueries(true)).explain()).contains("always row by row");
  }

  @Test
  void cancelledRunsEndAndTheNextIsAsGoodAsAnyOther() {
    double[][] expected = score(PAIRS).toMatrix();
    for (Stage stage : Stage.values()) {
      AtomicBoolean cancelled = new AtomicBoolean();
      AtomicBoolean armed = new AtomicBoolean(true);
      try (Influence influence =
          builder()
              .progress((now, pass, examples) -> cancelled.set(armed.get() && now == stage))
              .cancelWhen(cancelled::get)
              .build()) {
        assertThatThrownBy(() -> everyStage(influence))
            .isInstanceOf(CancellationException.class)
            .hasMessage("Cancelled in stage " + stage + ".");
        armed.set(false);
        cancelled.set(false);
        FittedCurvature fitted = influence.fit(train);
        double[][] scores = influence.score(fitted, queries, train, PAIRS).toMatrix();
        assertThat(scores).isDeepEqualTo(expected);
      }
    }
  }

  private void everyStage(Influence influence) {
    FittedCurvature fitted = influence.fit(train);
    ScoreOptions options = ScoreOptions.topK(2).withLowRank(LowRank.randomized(1));
    influence.score(fitted, queries, train, options);
    influence.selfInfluence(fitted, train, SelfInfluenceOptions.defaults());
  }

  @Test
  void interruptionCancels() {
    try (Influence influence = builder().build()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> influence.fit(train)).isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void progressCountsExamples() {
    List<String> events = new ArrayList<>();
    try (Influence influence =
        builder()
            .progress((stage, pass, examples) -> events.add(stage + " " + pass + " " + examples))
            .maxMemory(loadedBytes(1) + 3 * QUERY_BYTES)
            .build()) {
      influence.score(
          influence.fit(train.inBatchesOf(20)),
          queries.inBatchesOf(QUERIES),
          train.inBatchesOf(TRAIN),
          PAIRS);
    }
    assertThat(events)
        .containsExactly(
            "COVARIANCE 0 20",
            "COVARIANCE 0 23",
            "EIGENDECOMPOSITION 0 6",
            "EIGENVALUES 0 20",
            "EIGENVALUES 0 23",
            "QUERIES 0 5",
            "PRECONDITION 0 3",
            "SCORE 0 23",
            "QUERIES 0 5",
            "PRECONDITION 0 2",
            "SCORE 1 23");
  }

  @Test
  void flightRecorderSeesEveryStage(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("run.jfr");
    try (Recording recording = new Recording();
        Influence influence = builder().build()) {
      recording.enable("io.github.influence4j.Stage").withoutThreshold();
      recording.start();
      everyStage(influence);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("io.github.influence4j.Stage"))
            .toList();
    assertThat(events.stream().map(event -> event.getString("stage")).distinct())
        .containsExactlyInAnyOrder(
            Arrays.stream(Stage.values()).map(Stage::name).toArray(String[]::new));
    int scored =
        events.stream()
            .filter(event -> event.getString("stage").equals("SCORE"))
            .mapToInt(event -> event.getInt("examples"))
            .sum();
    assertThat(scored).isEqualTo(TRAIN);
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
