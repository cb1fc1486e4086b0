/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.range;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.retrieval.QueryHits;
import io.github.influence4j.retrieval.RetrievalFunnel;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * With all activations times 2^a and all output gradients times 2^b, gradients are 2^(a+b) times as
 * large, and scores under a relative damping 2^(q+t-2f), where q, t and f are those sums of
 * queries, training data and what was fitted.
 */
@Tag("scaling")
abstract class ScalingLaws extends FloatRange {
  /** By how much activations and output gradients are scaled. */
  private record Shift(int activations, int gradients) {
    static final Shift NONE = new Shift(0, 0);

    int sum() {
      return activations + gradients;
    }
  }

  /** What is fitted, what asks and what is asked about. */
  private record Case(Shift fit, Shift query, Shift train) {
    static Case all(int activations, int gradients) {
      Shift shift = new Shift(activations, gradients);
      return new Case(shift, shift, shift);
    }

    int exponent(CurvatureStrategy strategy) {
      int fitted = strategy.kind() == CurvatureStrategy.Kind.IDENTITY ? 0 : 2 * fit.sum();
      return query.sum() + train.sum() - fitted;
    }

    int selfExponent(CurvatureStrategy strategy) {
      return new Case(fit, train, train).exponent(strategy);
    }
  }

  private static final List<Case> CASES =
      List.of(
          Case.all(0, -66),
          Case.all(0, LEAST),
          Case.all(LEAST, LEAST),
          Case.all(MOST, MOST),
          Case.all(MOST, LEAST),
          Case.all(LEAST, MOST),
          Case.all(30, -60),
          Case.all(-40, 45),
          new Case(Shift.NONE, new Shift(0, -83), new Shift(0, 17)),
          new Case(Shift.NONE, new Shift(LEAST, LEAST), new Shift(MOST, MOST)),
          new Case(new Shift(-70, -70), new Shift(50, -120), new Shift(3, -140)),
          new Case(new Shift(60, 60), new Shift(-20, 110), Shift.NONE));

  ScalingLaws(BackendProvider backends) {
    super(backends);
  }

  private static TestModel shifted(TestModel model, Shift... shifts) {
    return mapped(
        model,
        (layer, activations, row, value) -> {
          Shift shift = shifts[layer];
          return Math.scalb(value, activations ? shift.activations() : shift.gradients());
        });
  }

  private static final Damping SMALL = Damping.relative(0.01);

  private static ScoreOptions damped(ScoreOptions options) {
    return options.withDampings(Damping.HEURISTIC, SMALL);
  }

  /** Every kind of score of a model of one layer, by name; self-influence begins with "self". */
  private static Map<String, double[]> scores(
      Influence influence, TestModel fit, TestModel queries, TestModel train) {
    FittedCurvature curvature = influence.fit(fit.source(3));
    Map<String, double[]> out = new LinkedHashMap<>();
    IntUnaryOperator half = e -> e % 2;
    Map<String, ScoreOptions> kinds = new LinkedHashMap<>();
    kinds.put("pairwise", ScoreOptions.pairwise().withPerLayer(true));
    kinds.put("rows", ScoreOptions.pairwise().withPerRow(true));
    kinds.put("query rows", ScoreOptions.pairwise().withPerQueryRow(true));
    kinds.put("randomised", ScoreOptions.pairwise().withLowRank(LowRank.randomized(2)));
    kinds.put("truncated", ScoreOptions.pairwise().withLowRank(LowRank.full(2)));
    kinds.put(
        "adaptive",
        ScoreOptions.pairwise().withLowRank(LowRank.randomized(1).withMaxResidual(0.3)));
    kinds.put("aggregated", ScoreOptions.pairwise().withAggregatedQueries(true));
    kinds.put(
        "groups",
        ScoreOptions.pairwise()
            .withGroups(new TrainingGroups(2, example -> half.applyAsInt((int) example))));
    kinds.put("top", ScoreOptions.topK(3));
    kinds.put(
        "top of layers", ScoreOptions.topK(3).withPerLayer(true).withLowRank(LowRank.full(2)));
    kinds.put("top rows", ScoreOptions.topK(2).withPerRow(true));
    kinds.forEach(
        (name, options) -> {
          InfluenceScores scores =
              influence.score(curvature, queries.source(2), train.source(4), damped(options));
          for (Damping damping : scores.dampings()) {
            out.put(name + " " + damping, values(scores.forDamping(damping)));
          }
        });
    var self =
        influence.selfInfluence(
            curvature,
            train.source(4),
            SelfInfluenceOptions.defaults()
                .withPerLayer(true)
                .withDampings(Damping.HEURISTIC, SMALL));
    out.put("self", self.scores(Damping.HEURISTIC));
    out.put("self small", self.layerScores(train.layers().get(0).name(), SMALL));
    return out;
  }

  private static double[] values(InfluenceScores scores) {
    ScoreOptions options = scores.options();
    List<Double> out = new ArrayList<>();
    for (int q = 0; q < scores.queries(); q++) {
      List<Hit> hits =
          options.topK() > 0
              ? Stream.concat(scores.proponents(q).stream(), scores.opponents(q).stream()).toList()
              : IntStream.range(0, (int) scores.examples()).mapToObj(e -> new Hit(e, 0)).toList();
      for (Hit hit : hits) {
        boolean rows = options.perRow() || options.perQueryRow();
        out.add(options.topK() > 0 ? hit.score() : scores.score(q, hit.example()));
        if (rows) {
          Arrays.stream(scores.rowScores(q, hit.example())).forEach(out::add);
        }
        if (options.perLayer()) {
          out.add(scores.layerScore(scores.layers().get(0), q, hit));
        }
      }
    }
    return out.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void assertScaled(
      String what, double[] actual, double[] base, int exponent, Precision precision) {
    assertThat(actual).as(what).hasSameSizeAs(base);
    double largest = Arrays.stream(base).map(Math::abs).max().orElse(0);
    // Rounding only: bands of rows and shared powers change the order and the place of sums.
    double allowed = (precision == Precision.F32 ? 2e-4 : 1e-9) * largest;
    for (int i = 0; i < base.length; i++) {
      int element = i;
      assertThat(Math.scalb(actual[i], -exponent))
          .as(() -> "%s, element %d of %s".formatted(what, element, Arrays.toString(actual)))
          .isBetween(base[i] - allowed, base[i] + allowed);
    }
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void scoresFollowTheScaleOfTheData(Precision precision, CurvatureStrategy strategy) {
    TestModel fit = integers("fit", 9, 4, ONE);
    TestModel train = integers("train", 9, 4, ONE);
    TestModel queries = integers("queries", 3, 4, ONE);
    try (Influence influence = open(precision, strategy, ONE)) {
      Map<String, double[]> base = scores(influence, fit, queries, train);
      for (Case c : CASES) {
        scores(
                influence,
                shifted(fit, c.fit()),
                shifted(queries, c.query()),
                shifted(train, c.train()))
            .forEach(
                (kind, actual) -> {
                  boolean self = kind.startsWith("self");
                  int exponent = self ? c.selfExponent(strategy) : c.exponent(strategy);
                  double[] expected = base.get(kind);
                  assertScaled(c + " " + kind, actual, expected, exponent, precision);
                });
      }
    }
  }

  /** A scan of rank 1 of all examples, of which it keeps five to be scored again. */
  @ParameterizedTest
  @MethodSource("strategies")
  void aFunnelOfLowRankFollowsTheScaleOfTheData(Precision precision, CurvatureStrategy strategy) {
    TestModel fit = integers("fit", 9, 4, ONE);
    TestModel train = integers("train", 12, 4, ONE);
    TestModel queries = integers("queries", 8, 4, ONE);
    try (Influence influence = open(precision, strategy, ONE)) {
      List<QueryHits> base = funnel(influence, fit, queries, train);
      // Hits are proponents: a query may have none among the survivors, eight queries hardly.
      assertThat(base).anySatisfy(found -> assertThat(found.hits()).isNotEmpty());
      for (Case c : CASES) {
        TestModel moved = shifted(train, c.train());
        List<QueryHits> found =
            funnel(influence, shifted(fit, c.fit()), shifted(queries, c.query()), moved);
        for (int q = 0; q < base.size(); q++) {
          assertThat(examples(found.get(q))).as("%s", c).isEqualTo(examples(base.get(q)));
          assertScaled(
              c + " funnel",
              hitScores(found.get(q)),
              hitScores(base.get(q)),
              c.exponent(strategy),
              precision);
        }
      }
    }
  }

  private static List<QueryHits> funnel(
      Influence influence, TestModel fit, TestModel queries, TestModel train) {
    long[] all = LongStream.range(0, train.count()).toArray();
    IndexedGradients indexed =
        IndexedGradients.of(
            all.length,
            numbers ->
                train.select(LongStream.of(numbers).mapToInt(n -> (int) n).toArray()).source(4));
    FunnelOptions options =
        FunnelOptions.topK(3)
            .withControls(4, 7)
            .withSurvivors(5)
            .withCandidates(all.length)
            .withScan(LowRank.randomized(1));
    List<CandidateFilter> filters = Collections.nCopies(queries.count(), most -> all.clone());
    return new RetrievalFunnel(influence.scorer(influence.fit(fit.source(3))), indexed)
        .search(queries.source(2), filters, options)
        .queries();
  }

  private static List<Long> examples(QueryHits found) {
    return found.hits().stream().map(Hit::example).toList();
  }

  private static double[] hitScores(QueryHits found) {
    return found.hits().stream().mapToDouble(Hit::score).toArray();
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void scoresWithABiasFollowTheScaleOfTheLoss(Precision precision, CurvatureStrategy strategy) {
    TestModel train = integers("biased", 8, 1, BIASED);
    TestModel queries = integers("biased queries", 3, 1, BIASED);
    try (Influence influence = open(precision, strategy, BIASED)) {
      Map<String, double[]> base = scores(influence, train, queries, train);
      for (int b : new int[] {LEAST, -100, -66, 40, MOST}) {
        Case c = Case.all(0, b);
        Shift shift = c.fit();
        scores(influence, shifted(train, shift), shifted(queries, shift), shifted(train, shift))
            .forEach(
                (kind, actual) ->
                    assertScaled(
                        c + " " + kind, actual, base.get(kind), c.exponent(strategy), precision));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void layersMayDifferInMagnitude(Precision precision, CurvatureStrategy strategy) {
    TestModel train = integers("layers", 8, 3, THREE);
    TestModel queries = integers("layer queries", 3, 3, THREE);
    Shift[] shifts = {new Shift(LEAST, LEAST), new Shift(MOST, MOST), new Shift(0, -90)};
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
    try (Influence influence = open(precision, strategy, THREE)) {
      InfluenceScores base =
          influence.score(influence.fit(all(train)), all(queries), all(train), options);
      TestModel moved = shifted(train, shifts);
      InfluenceScores scores =
          influence.score(
              influence.fit(all(moved)), all(shifted(queries, shifts)), all(moved), options);
      for (int q = 0; q < base.queries(); q++) {
        double[] sum = new double[train.count()];
        for (int i = 0; i < shifts.length; i++) {
          String layer = THREE.get(i).name();
          int exponent = new Case(shifts[i], shifts[i], shifts[i]).exponent(strategy);
          double[] own = scores.layerScores(layer, q);
          assertScaled(layer, own, base.layerScores(layer, q), exponent, precision);
          Arrays.setAll(sum, e -> sum[e] + own[e]);
        }
        assertThat(scores.scores(q)).isEqualTo(sum);
      }
    }
  }

  /** Examples, and the rows of one, of very different magnitudes, in batches of any size. */
  @ParameterizedTest
  @MethodSource("strategies")
  void examplesOfAnyMagnitudeScoreTheSameBitsInAnyBatch(
      Precision precision, CurvatureStrategy strategy) {
    Random random = SeededRandom.at("mixed");
    int[] powers = {LEAST, -100, -50, -20, 0, 0, 0, 20, 50, 100};
    TestModel train =
        mapped(
            integers("mixed", 11, 3, THREE),
            (layer, activations, row, value) -> {
              int row7 = Math.floorMod(row * 31 + (activations ? 7 : 3) + layer, powers.length);
              return Math.scalb(value, powers[row7]);
            });
    TestModel queries = train.select(1 + random.nextInt(4), 7, 0);
    try (Influence influence = open(precision, strategy, THREE)) {
      ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true).withPerRow(true);
      ScoreOptions summed = ScoreOptions.pairwise().withAggregatedQueries(true);
      double[][] first = null;
      double[][] firstSum = null;
      for (int size : new int[] {11, 1, 4}) {
        FittedCurvature curvature = influence.fit(train.source(size));
        InfluenceScores scores =
            influence.score(curvature, queries.source(size), train.source(size), options);
        double[][] matrix = scores.toMatrix();
        assertThat(Arrays.stream(matrix).flatMapToDouble(Arrays::stream))
            .allMatch(Double::isFinite);
        first = first == null ? matrix : first;
        assertThat(matrix).as("batches of %d", size).isDeepEqualTo(first);
        double[][] sum =
            influence.score(curvature, train.source(size), train.source(size), summed).toMatrix();
        firstSum = firstSum == null ? sum : firstSum;
        assertThat(sum).as("sums of batches of %d", size).isDeepEqualTo(firstSum);
      }
    }
  }
}
