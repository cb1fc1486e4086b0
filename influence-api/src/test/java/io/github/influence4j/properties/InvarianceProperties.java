/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.DenseInfluence;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** P7 to P10: the limit of large damping, symmetry, scale and rotation. */
@Tag("invariances")
abstract class InvarianceProperties extends InfluenceProperties {
  InvarianceProperties(BackendProvider backends) {
    super(backends);
  }

  /** λ(G+λI)⁻¹ = I − G/λ + …, and G is of the order of 100 here. */
  @ParameterizedTest
  @MethodSource("curvedStrategies")
  void p7LargeDampingGivesDotProducts(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p7 train", 10);
    TestModel queries = small("p7 queries", 3);
    double lambda = 1e12;
    Damping damping = Damping.absolute(lambda);
    ScoreOptions options = ScoreOptions.pairwise().withDampings(damping);
    Matrix actual = matrix(scores(precision, strategy, train, queries, options)).times(lambda);
    Matrix expected =
        matrix(
            scores(
                Precision.F64,
                CurvatureStrategy.IDENTITY,
                train,
                queries,
                ScoreOptions.pairwise()));
    assertNear("λ·score", actual, expected, tolerance(precision, 1e-8, 1e-5));
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p8ScoresOfTheTrainingSetAreAKernel(Precision precision, CurvatureStrategy strategy) {
    TestModel train = TestModel.random(SeededRandom.at("p8"), 19, 6, WIDE);
    double tolerance = tolerance(precision, 1e-12, 1e-5);
    try (Influence influence = open(precision, strategy, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions options = ScoreOptions.pairwise();
      Matrix k = matrix(influence.score(curvature, all(train), all(train), options).toMatrix());
      assertNear("symmetry", k.transposed(), k, tolerance);
      DenseInfluence.Eigen eigen = DenseInfluence.eigen(k.plus(k.transposed()).times(0.5));
      assertThat(eigen.values()[0]).isGreaterThanOrEqualTo(-tolerance * k.norm());
      double[] self =
          influence.selfInfluence(curvature, all(train), SelfInfluenceOptions.defaults()).scores();
      for (int e = 0; e < self.length; e++) {
        assertThat(self[e]).isNotNegative();
        assertThat(self[e] / k.get(e, e)).isCloseTo(1, within(10 * tolerance));
      }
    }
  }

  // -------------------------------------------------------------------------------------- P9 and
  // P10

  @ParameterizedTest
  @MethodSource("curvedStrategies")
  void p9ScalingTheLossChangesNothing(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p9 train", 15);
    TestModel queries = small("p9 queries", 4);
    ScoreOptions options = ScoreOptions.pairwise();
    Matrix before = matrix(scores(precision, strategy, train, queries, options));
    for (double factor : new double[] {0.125, 3, 1000}) {
      TestModel scaledTrain = train.scaled(factor);
      TestModel scaledQueries = queries.scaled(factor);
      Matrix after = matrix(scores(precision, strategy, scaledTrain, scaledQueries, options));
      assertNear("factor " + factor, after, before, tolerance(precision, 1e-10, 1e-4));
    }
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p9TheScoreOfSummedQueriesIsTheSumOfTheirScores(
      Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p9 sums", 15);
    TestModel queries = small("p9 sum queries", 5);
    Matrix single = matrix(scores(precision, strategy, train, queries, ScoreOptions.pairwise()));
    ScoreOptions aggregate = ScoreOptions.pairwise().withAggregatedQueries(true);
    Matrix actual = matrix(scores(precision, strategy, train, queries, aggregate));
    Matrix ones = new Matrix(1, 5, new double[] {1, 1, 1, 1, 1});
    double bound = tolerance(precision, 1e-12, 1e-5) * single.norm();
    assertThat(actual.minus(ones.times(single)).norm()).isLessThanOrEqualTo(bound);
  }

  /**
   * With separate eigenvalues the eigenbasis turns with the features. Rounding turns it by a unit
   * roundoff over the relative gap of the eigenvalues, which the tolerance for EKFAC allows for.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p10RotatingTheFeaturesChangesNothing(Precision precision) {
    Random random = SeededRandom.at("p10");
    List<LayerSpec> layers =
        List.of(
            LayerSpec.linear("inputs", 5, 4).withoutBias(),
            LayerSpec.linear("outputs", 4, 3),
            LayerSpec.linear("both", 3, 4).withoutBias());
    TestModel train = TestModel.random(random, 30, 4, layers);
    TestModel queries = TestModel.random(random, 4, 4, layers);
    List<Matrix> inputs =
        List.of(Matrix.orthonormal(random, 5), Matrix.identity(4), Matrix.orthonormal(random, 3));
    List<Matrix> outputs =
        List.of(Matrix.identity(4), Matrix.orthonormal(random, 3), Matrix.orthonormal(random, 4));
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.IDENTITY, CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      boolean gaps = strategy.kind() == CurvatureStrategy.Kind.EKFAC;
      double tolerance = tolerance(precision, gaps ? 1e-9 : 1e-12, gaps ? 1e-2 : 1e-4);
      ScoreOptions options = ScoreOptions.pairwise();
      Matrix before = matrix(scores(precision, strategy, train, queries, options));
      TestModel turned = train.rotated(inputs, outputs);
      TestModel turnedQueries = queries.rotated(inputs, outputs);
      Matrix after = matrix(scores(precision, strategy, turned, turnedQueries, options));
      assertNear(strategy.toString(), after, before, tolerance);
    }
  }
}
