/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.InverseFilter;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.DenseInfluence;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Other functions of the eigenvalues than the damped inverse, against explicit algebra. */
@Tag("filters")
abstract class FilterProperties extends InfluenceProperties {
  private static final Damping DAMPING = Damping.absolute(0.5);
  private static final ScoreOptions PAIRS = ScoreOptions.pairwise().withDampings(DAMPING);
  private static final Map<String, InverseFilter> FILTERS =
      Map.of(
          "truncated", InverseFilter.TRUNCATED,
          "power", InverseFilter.power(0.5),
          "unrolled", InverseFilter.unrolled(0.01, 50),
          "decay", InverseFilter.decay(0.01, 10));

  FilterProperties(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void scoresEqualExplicitAlgebra(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("filter train", 15);
    TestModel queries = small("filter queries", 4);
    double tolerance = tolerance(precision, 1e-10, 1e-4);
    SelfInfluenceOptions alone = SelfInfluenceOptions.defaults().withDampings(DAMPING);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature plain = influence.fit(all(train));
      if (strategy.kind() == CurvatureStrategy.Kind.IDENTITY) {
        assertThatThrownBy(() -> plain.withFilter(InverseFilter.TRUNCATED))
            .hasMessage("IDENTITY has no eigenvalues to filter; fit EKFAC.");
        return;
      }
      FILTERS.forEach(
          (name, filter) -> {
            FittedCurvature filtered = plain.withFilter(filter);
            double[][] scores =
                influence.score(filtered, all(queries), all(train), PAIRS).toMatrix();
            double[] self = influence.selfInfluence(filtered, all(train), alone).scores();
            Matrix pairs = expected(train, queries, strategy, filter);
            Matrix own = expected(train, train, strategy, filter);
            double[] diagonal = new double[self.length];
            Arrays.setAll(diagonal, e -> own.get(e, e));
            assertNear(name, matrix(scores), pairs, tolerance);
            assertNear(name, Matrix.column(self), Matrix.column(diagonal), tolerance);
          });
    }
  }

  /** [queries, train]: {@code gᵀ Q f(Λ) Qᵀ g}, summed over layers. */
  private static Matrix expected(
      TestModel train, TestModel queries, CurvatureStrategy strategy, InverseFilter filter) {
    Matrix total = Matrix.zeros(queries.count(), train.count());
    for (int layer = 0; layer < SMALL.size(); layer++) {
      DenseInfluence dense = DenseInfluence.fit(train.data().get(layer), strategy);
      double[] weights =
          Arrays.stream(dense.eigenvalues())
              .map(sigma -> filter.weight(sigma * dense.perExample(), DAMPING.value()))
              .toArray();
      Matrix left = rotated(dense, queries.data().get(layer));
      Matrix right = rotated(dense, train.data().get(layer));
      total = total.plus(left.times(Matrix.diagonal(weights)).times(right.transposed()));
    }
    return total;
  }

  /** [examples, weights]: the gradients in the eigenbasis. */
  private static Matrix rotated(DenseInfluence dense, TestExamples examples) {
    int size = examples.outputs() * examples.inputs();
    Matrix gradients = Matrix.zeros(examples.count(), size);
    for (int e = 0; e < examples.count(); e++) {
      System.arraycopy(examples.gradient(e).values(), 0, gradients.values(), e * size, size);
    }
    return gradients.times(dense.basis());
  }

  /** With infinitely many steps the unrolled descent arrives at the inverse. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void manyStepsAreTheInverse(Precision precision) {
    TestModel train = small("filter train", 15);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature plain = influence.fit(all(train));
      FittedCurvature unrolled = plain.withFilter(InverseFilter.unrolled(1, 1e9));
      double[][] scores = influence.score(unrolled, all(train), all(train), PAIRS).toMatrix();
      double[][] inverse = influence.score(plain, all(train), all(train), PAIRS).toMatrix();
      assertNear("1e9 steps", matrix(scores), matrix(inverse), 1e-12);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void filtersThatAreNoneAreRefused(Precision precision) {
    TestModel train = small("filter train", 15);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature plain = influence.fit(all(train));
      String layer = "Layer \"" + SMALL.get(0).name() + "\": with damping absolute(";
      ScoreOptions far = ScoreOptions.pairwise().withDampings(Damping.absolute(1e9));
      FittedCurvature nothing = plain.withFilter(InverseFilter.TRUNCATED);
      assertThatThrownBy(() -> influence.score(nothing, all(train), all(train), far))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(layer)
          .hasMessageContaining("the filter leaves no direction");
      FittedCurvature broken = plain.withFilter((sigma, lambda) -> Double.NaN);
      assertThatThrownBy(() -> influence.score(broken, all(train), all(train), PAIRS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(layer + "0.5) a weight of the filter is NaN");
    }
  }
}
