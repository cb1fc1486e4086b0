/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Scores of data anywhere in the range of float, on any backend. Data are small integers times
 * powers of two, which are exact down to the least subnormal; with all activations times 2^a and
 * all output gradients times 2^b, gradients are 2^(a+b) times as large, and scores under a relative
 * damping 2^(q+t-2f), where q, t and f are those sums of queries, training data and what was
 * fitted.
 */
public abstract class FloatRangeTest {
  private static final Form F32 = new Form(ElementType.F32, Storage.ARRAY, Layout.PACKED);
  private static final List<LayerSpec> ONE = List.of(LayerSpec.linear("fc", 6, 5).withoutBias());
  private static final List<LayerSpec> BIASED = List.of(LayerSpec.linear("fc", 5, 6));
  private static final List<LayerSpec> THREE =
      List.of(
          LayerSpec.linear("up", 6, 5).withoutBias(),
          LayerSpec.linear("down", 4, 7).withoutBias(),
          LayerSpec.linear("biased", 3, 2));

  /** The least subnormal float, and the most by which integers up to 64 stay floats. */
  private static final int LEAST = -149;

  private static final int MOST = 121;

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

  /**
   * The backend under test.
   *
   * @return its provider, found by the service loader too
   */
  protected abstract BackendProvider provider();

  @BeforeEach
  void skipWhereUnavailable() {
    assumeTrue(provider().availability().available(), provider().availability().detail());
  }

  static Stream<Arguments> strategies() {
    return Stream.of(
            CurvatureStrategy.IDENTITY,
            CurvatureStrategy.DIAGONAL,
            CurvatureStrategy.KFAC,
            CurvatureStrategy.EKFAC,
            CurvatureStrategy.blockDiagonalEkfac(2))
        .flatMap(s -> Stream.of(Precision.values()).map(precision -> Arguments.of(precision, s)));
  }

  // ----------------------------------------------------------------------------------------
  // data and runs

  private Influence open(Precision precision, CurvatureStrategy strategy, List<LayerSpec> layers) {
    return Influence.builder()
        .layers(layers)
        .strategy(strategy)
        .backend(provider().name())
        .precision(precision)
        .threads(2)
        .build();
  }

  private static TestModel integers(String name, int examples, int longest, List<LayerSpec> specs) {
    Random random = SeededRandom.at("range", name);
    return mapped(
        TestModel.random(random, examples, longest, specs),
        (layer, activations, row, value) -> integer(random));
  }

  private static double integer(Random random) {
    return (1 + random.nextInt(63)) * (random.nextBoolean() ? 1 : -1);
  }

  private interface Change {
    double of(int layer, boolean activations, int row, double value);
  }

  private static TestModel mapped(TestModel model, Change change) {
    List<TestExamples> data = new ArrayList<>();
    for (int i = 0; i < model.data().size(); i++) {
      TestExamples d = model.data().get(i);
      data.add(
          new TestExamples(
              mapped(d.activations(), i, true, change),
              mapped(d.gradients(), i, false, change),
              d.offsets()));
    }
    return new TestModel(model.layers(), data);
  }

  private static TestRows mapped(TestRows rows, int layer, boolean activations, Change change) {
    double[][] values = new double[rows.values().length][];
    for (int r = 0; r < values.length; r++) {
      int row = r;
      values[r] =
          Arrays.stream(rows.values()[r], 0, rows.columns())
              .map(value -> change.of(layer, activations, row, value))
              .toArray();
    }
    return new TestRows(values, rows.columns(), rows.homogeneous(), F32);
  }

  private static TestModel shifted(TestModel model, Shift... shifts) {
    return mapped(
        model,
        (layer, activations, row, value) -> {
          Shift shift = shifts[layer];
          return Math.scalb(value, activations ? shift.activations() : shift.gradients());
        });
  }

  private static GradientSource all(TestModel model) {
    return model.source(model.count());
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
      assertThat(Math.scalb(actual[i], -exponent))
          .as("%s, element %d of %s", what, i, Arrays.toString(actual))
          .isBetween(base[i] - allowed, base[i] + allowed);
    }
  }

  // ----------------------------------------------------------------------------------------
  // scaling laws

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
      double[][] first = null;
      for (int size : new int[] {11, 1, 4}) {
        FittedCurvature curvature = influence.fit(train.source(size));
        InfluenceScores scores =
            influence.score(curvature, queries.source(size), train.source(size), options);
        double[][] matrix = scores.toMatrix();
        assertThat(Arrays.stream(matrix).flatMapToDouble(Arrays::stream))
            .allMatch(Double::isFinite);
        first = first == null ? matrix : first;
        assertThat(matrix).as("batches of %d", size).isDeepEqualTo(first);
      }
    }
  }

  // ----------------------------------------------------------------------------------------
  // single numbers

  private static TestModel numbers(double activation, double... gradients) {
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    List<double[]> a = new ArrayList<>();
    List<double[]> s = new ArrayList<>();
    for (double gradient : gradients) {
      a.add(new double[] {(float) activation});
      s.add(new double[] {(float) gradient});
    }
    return TestModel.ofRows(layer, a, s);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void oneExampleOfAnyMagnitude(Precision precision) {
    double[] magnitudes = {
      1, 1e-20, 1e-30, 1e-38, 1e-44, Float.MIN_VALUE, 1e15, 1e20, 1e38, Float.MAX_VALUE
    };
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.DIAGONAL, CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence =
          open(precision, strategy, List.of(LayerSpec.linear("fc", 1, 1).withoutBias()))) {
        for (double activation : magnitudes) {
          for (double gradient : magnitudes) {
            TestModel model = numbers(activation, gradient);
            FittedCurvature curvature = influence.fit(all(model));
            double score =
                influence
                    .score(curvature, all(model), all(model), ScoreOptions.pairwise())
                    .score(0, 0);
            double self =
                influence.selfInfluence(curvature, all(model), SelfInfluenceOptions.defaults())
                    .scores()[0];
            String what = strategy + " " + activation + " " + gradient;
            assertThat(score).as(what).isBetween(1 / 1.1 - 1e-6, 1 / 1.1 + 1e-6);
            assertThat(self).as(what).isBetween(1 / 1.1 - 1e-6, 1 / 1.1 + 1e-6);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatNoDoubleHoldsIsRefusedWithTheDirection(Precision precision) {
    TestModel tiny = numbers(Float.MIN_VALUE, Float.MIN_VALUE);
    TestModel huge = numbers(Float.MAX_VALUE, Float.MAX_VALUE);
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, List.of(layer))) {
      FittedCurvature small = influence.fit(all(tiny));
      FittedCurvature large = influence.fit(all(huge));
      for (ScoreOptions options : List.of(ScoreOptions.pairwise(), ScoreOptions.topK(1))) {
        assertThatThrownBy(() -> influence.score(small, all(huge), all(huge), options))
            .isInstanceOf(ArithmeticException.class)
            .hasMessageContaining("Layer \"fc\": a score is ")
            .hasMessageContaining("overflow, scale the loss down");
        assertThatThrownBy(() -> influence.score(large, all(tiny), all(tiny), options))
            .isInstanceOf(ArithmeticException.class)
            .hasMessageContaining("Layer \"fc\": a score is ")
            .hasMessageContaining("underflow, scale the loss up");
      }
      SelfInfluenceOptions self = SelfInfluenceOptions.defaults();
      assertThatThrownBy(() -> influence.selfInfluence(small, all(huge), self))
          .hasMessageContaining("scale the loss down");
      assertThatThrownBy(() -> influence.selfInfluence(large, all(tiny), self))
          .hasMessageContaining("scale the loss up");
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void anExampleOfZerosScoresZeroHoweverLargeItsOtherSide(Precision precision) {
    TestModel model = numbers(1e38, 0, 1, 0);
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.IDENTITY, CurvatureStrategy.DIAGONAL, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, List.of(layer))) {
        FittedCurvature curvature = influence.fit(all(model));
        double[][] scores =
            influence.score(curvature, all(model), all(model), ScoreOptions.pairwise()).toMatrix();
        assertThat(scores[0]).containsExactly(0, 0, 0);
        assertThat(scores[1][0]).isZero();
        assertThat(scores[1][1]).isPositive();
        assertThat(
                influence.selfInfluence(curvature, all(model), SelfInfluenceOptions.defaults())
                    .scores()[2])
            .isZero();
      }
    }
  }

  // ----------------------------------------------------------------------------------------
  // damping

  @ParameterizedTest
  @EnumSource(Precision.class)
  void dampingsOutsideOfFloatAreRight(Precision precision) {
    TestModel model = numbers(1, 3, -5, 7);
    double mean = (9 + 25 + 49) / 3.0;
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.DIAGONAL, CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, List.of(layer))) {
        FittedCurvature curvature = influence.fit(all(model));
        for (double lambda : new double[] {1e-300, 1e-60, 1e-40, 1e-3, 1e30, 1e60, 1e300}) {
          ScoreOptions options = ScoreOptions.pairwise().withDampings(Damping.absolute(lambda));
          double[][] scores =
              influence.score(curvature, all(model), all(model), options).toMatrix();
          double expected = -15 / (mean + lambda);
          assertThat(scores[0][1] / expected).as("%s", lambda).isBetween(1 - 1e-5, 1 + 1e-5);
        }
        ScoreOptions hopeless = ScoreOptions.pairwise().withDampings(Damping.relative(1e-320));
        assertThatThrownBy(() -> influence.score(curvature, all(model), all(model), hopeless))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("Layer \"fc\": with damping relative(1.0E-320) λ is ");
      }
    }
  }

  @Test
  void dampingsThatPrecisionCannotTellFromTheEigenvaluesAreRefused() {
    LayerSpec layer = LayerSpec.linear("fc", 2, 1).withoutBias();
    // The second feature is dead: there, 1/(Λ+λ) is 1/λ.
    TestModel model =
        TestModel.ofRows(
            layer,
            List.of(new double[] {1, 0}, new double[] {-2, 0}),
            List.of(new double[] {3}, new double[] {4}));
    ScoreOptions options = ScoreOptions.pairwise().withDampings(Damping.absolute(1e-60));
    try (Influence influence = open(Precision.F64, CurvatureStrategy.DIAGONAL, List.of(layer))) {
      FittedCurvature curvature = influence.fit(all(model));
      double expected = 3 * -8 / ((9 + 64) / 2.0);
      assertThat(influence.score(curvature, all(model), all(model), options).score(0, 1))
          .isBetween(expected * (1 + 1e-12), expected * (1 - 1e-12));
    }
    try (Influence influence = open(Precision.F32, CurvatureStrategy.DIAGONAL, List.of(layer))) {
      assumeTrue(influence.backend().precision() == Precision.F32, "computes in F64 only");
      FittedCurvature curvature = influence.fit(all(model));
      assertThatThrownBy(() -> influence.score(curvature, all(model), all(model), options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Layer \"fc\": with damping absolute(1.0E-60) the weights")
          .hasMessageContaining("too far apart for F32")
          .hasMessageContaining("compute in F64");
    }
  }
}
