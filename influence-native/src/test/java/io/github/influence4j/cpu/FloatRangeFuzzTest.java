/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/**
 * Layers, examples, rows and queries of random magnitudes against the float64 reference.
 *
 * <p>In the norm of (G+λI)⁻¹ a score is at most the root of the product of both self-influences
 * (Cauchy and Schwarz). Arithmetic rounds in the ordinary norm, in which the same product is at
 * most the root of the largest weight 1/(Λ+λ) over the least as large: rounding may be as much of
 * that as of 1. And the gradient of an example is a sum over its rows, rounded as its addends are,
 * however much of them cancels.
 */
final class FloatRangeFuzzTest {
  private static final double SECONDS = 8;

  /** The largest power of two by which normal numbers stay floats. */
  private static final int MOST = 120;

  /** Kept, for loggers are collected as garbage. */
  private static final Logger LOGGER = Logger.getLogger(Influence.class.getName());

  private static final List<CurvatureStrategy> STRATEGIES =
      List.of(
          CurvatureStrategy.IDENTITY,
          CurvatureStrategy.DIAGONAL,
          CurvatureStrategy.KFAC,
          CurvatureStrategy.EKFAC,
          CurvatureStrategy.blockDiagonalEkfac(2));

  @Test
  void scoresOfAnyMagnitudeAreThoseOfTheReference() {
    LOGGER.setLevel(Level.WARNING);
    FuzzBudget budget = FuzzBudget.ofSeconds(SECONDS);
    for (int round = 0; budget.allows(round); round++) {
      Random random = SeededRandom.at("float range", round);
      Precision precision = round % 4 == 3 ? Precision.F64 : Precision.F32;
      check(round, random, STRATEGIES.get(random.nextInt(STRATEGIES.size())), precision);
    }
  }

  private static void check(
      int round, Random random, CurvatureStrategy strategy, Precision precision) {
    List<LayerSpec> layers =
        List.of(
            LayerSpec.linear("one", 1 + random.nextInt(9), 1 + random.nextInt(9)).withoutBias(),
            LayerSpec.linear("two", 1 + random.nextInt(5), 1 + random.nextInt(17)));
    boolean even = random.nextInt(3) == 0;
    TestModel train = model(random, 2 + random.nextInt(9), layers, even);
    TestModel queries = model(random, 1 + random.nextInt(3), layers, even);
    ScoreOptions options =
        ScoreOptions.pairwise()
            .withPerLayer(true)
            .withDampings(random.nextBoolean() ? Damping.HEURISTIC : Damping.relative(0.001));
    try (Influence reference = open("reference", Precision.F64, strategy, layers);
        Influence cpu = open("cpu", precision, strategy, layers)) {
      FittedCurvature exact = reference.fit(source(random, train));
      InfluenceScores expected =
          reference.score(exact, source(random, queries), source(random, train), options);
      ScoreOptions rows = options.withPerRow(true);
      double rounding = precision == Precision.F32 ? 2e-5 : 1e-12;
      InfluenceScores given =
          cpu.score(exact, source(random, queries), source(random, train), rows);
      InfluenceScores fitted =
          cpu.score(
              cpu.fit(source(random, train)),
              source(random, queries),
              source(random, train),
              options);
      SelfInfluenceOptions self =
          SelfInfluenceOptions.defaults()
              .withPerLayer(true)
              .withDampings(options.dampings().get(0));
      var selfTrain = reference.selfInfluence(exact, source(random, train), self);
      var selfCpu = cpu.selfInfluence(exact, source(random, train), self);
      var selfQueries = reference.selfInfluence(exact, source(random, queries), self);
      for (LayerSpec layer : layers) {
        String name = layer.name();
        double spread = Math.sqrt(spread(exact, name, options.dampings().get(0)));
        double[] ofTrain = selfTrain.layerScores(name);
        double[] lostOfTrain = cancellation(train, layer);
        double[] lostOfQueries = cancellation(queries, layer);
        for (int e = 0; e < train.count(); e++) {
          String what = round + " " + strategy + " " + precision + " " + name + " " + e;
          double lost = lostOfTrain[e];
          near(
              what,
              selfCpu.layerScores(name)[e],
              ofTrain[e],
              rounding * spread * lost * lost * ofTrain[e]);
          for (int q = 0; q < queries.count(); q++) {
            double bound = Math.sqrt(ofTrain[e]) * Math.sqrt(selfQueries.layerScores(name)[q]);
            double score = expected.layerScores(name, q)[e];
            double rounded = rounding * spread * lost * lostOfQueries[q] * bound;
            near(what, given.layerScores(name, q)[e], score, rounded);
            boolean comparable = !strategy.factored() || determined(train, layer, precision);
            double loose = comparable ? 0.02 * spread : 2 * spread * spread;
            near(what, fitted.layerScores(name, q)[e], score, loose * bound + rounded);
          }
        }
      }
      for (int q = 0; q < queries.count(); q++) {
        for (int e = 0; e < train.count(); e++) {
          double sum = Arrays.stream(given.rowScores(q, e)).sum();
          double size = Arrays.stream(given.rowScores(q, e)).map(Math::abs).sum();
          near(
              "rows " + round,
              sum,
              given.score(q, e),
              100
                  * rounding
                  * (size + bound(expected, selfTrain.scores()[e], selfQueries.scores()[q])));
        }
      }
    }
  }

  /**
   * Whether all rows are seen in the covariances: rounding is relative to the largest rows, so
   * nothing is known of the eigenvectors of rows whose squares are lost beside them, and of factors
   * fitted to those only the magnitude can be compared.
   */
  private static boolean determined(TestModel train, LayerSpec layer, Precision precision) {
    TestExamples data = train.data().get(train.layers().indexOf(layer));
    double roundoff = precision == Precision.F32 ? 0x1p-24 : 0x1p-53;
    return roundoff * Math.max(unevenness(data.activations()), unevenness(data.gradients())) < 1e-3;
  }

  /**
   * How much of each example's gradient Σ dₜaₜᵀ its rows take from each other: Σ‖dₜ‖‖aₜ‖ over the
   * norm of the sum.
   */
  private static double[] cancellation(TestModel model, LayerSpec layer) {
    TestExamples data = model.data().get(model.layers().indexOf(layer));
    double[] factors = new double[data.count()];
    for (int e = 0; e < factors.length; e++) {
      double[] sum = new double[data.outputs() * data.inputs()];
      double addends = 0;
      for (int r = data.offsets()[e]; r < data.offsets()[e + 1]; r++) {
        double[] activation = data.activations().row(r);
        double[] gradient = data.gradients().row(r);
        for (int i = 0; i < sum.length; i++) {
          sum[i] += gradient[i / activation.length] * activation[i % activation.length];
        }
        addends += data.activations().norm(r) * data.gradients().norm(r);
      }
      factors[e] = addends / Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
    }
    return factors;
  }

  /** The squared norm of the largest row over that of the smallest. */
  private static double unevenness(TestRows rows) {
    double most = 0;
    double least = Double.MAX_VALUE;
    for (double[] row : rows.values()) {
      double square = Arrays.stream(row).limit(rows.columns()).map(x -> x * x).sum();
      most = Math.max(most, square);
      least = Math.min(least, square);
    }
    return most / least;
  }

  private static double bound(InfluenceScores scores, double train, double query) {
    return scores.layers().size() * Math.sqrt(train) * Math.sqrt(query) * 100;
  }

  private static void near(String what, double actual, double expected, double allowed) {
    assertThat(actual)
        .as(what)
        .isBetween(expected - allowed - Double.MIN_NORMAL, expected + allowed + Double.MIN_NORMAL);
  }

  private static double spread(FittedCurvature curvature, String layer, Damping damping) {
    double most = 0;
    double least = Double.MAX_VALUE;
    for (double[] part : curvature.reciprocals(layer, damping)) {
      most = Math.max(most, Arrays.stream(part).max().orElse(0));
      least = Math.min(least, Arrays.stream(part).min().orElse(0));
    }
    return most == 0 ? 1 : most / least;
  }

  private static Influence open(
      String backend, Precision precision, CurvatureStrategy strategy, List<LayerSpec> layers) {
    return Influence.builder()
        .layers(layers)
        .strategy(strategy)
        .backend(backend)
        .precision(precision)
        .threads(2)
        .build();
  }

  private static GradientSource source(Random random, TestModel model) {
    return model.source(1 + random.nextInt(model.count()));
  }

  /** Magnitudes of a layer, of its examples and of single rows, on both sides. */
  private static TestModel model(
      Random random, int examples, List<LayerSpec> layers, boolean even) {
    TestModel model = TestModel.random(random, examples, 4, layers);
    List<TestExamples> data = new ArrayList<>();
    for (TestExamples d : model.data()) {
      data.add(
          new TestExamples(
              scaled(random, d.activations(), d.offsets(), even),
              scaled(random, d.gradients(), d.offsets(), even),
              d.offsets()));
    }
    return new TestModel(layers, data);
  }

  private static TestRows scaled(Random random, TestRows rows, int[] offsets, boolean even) {
    int layer = random.nextInt(121) - 60;
    int ofExamples = even ? 0 : random.nextInt(3) * 20;
    int ofRows = even ? 0 : random.nextInt(3) * 20;
    double[][] values = new double[rows.values().length][];
    for (int e = 0; e + 1 < offsets.length; e++) {
      int example = layer + within(random, ofExamples);
      for (int r = offsets[e]; r < offsets[e + 1]; r++) {
        int power = Math.min(MOST, example + within(random, ofRows));
        values[r] =
            Arrays.stream(rows.values()[r])
                .limit(rows.columns())
                .map(value -> (float) Math.scalb(value, power))
                .toArray();
      }
    }
    Form form = rows.form();
    return new TestRows(values, rows.columns(), rows.homogeneous(), form);
  }

  private static int within(Random random, int most) {
    return random.nextInt(2 * most + 1) - most;
  }
}
