/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.DenseInfluence;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** P1 to P4: covariances and eigenvalues. */
@Tag("factors")
abstract class FactorProperties extends InfluenceProperties {
  FactorProperties(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p1CovariancesAreSumsOfOuterProductsHoweverTheyAreCut(Precision precision) {
    TestModel model = TestModel.random(SeededRandom.at("p1"), 23, 9, WIDE);
    int[] shuffled = IntStream.range(0, 23).map(i -> i * 7 % 23).toArray();
    double tolerance = tolerance(precision, 1e-12, 1e-5);
    for (int batch : new int[] {1, 4, 23}) {
      for (TestModel order : List.of(model, model.select(shuffled))) {
        try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
          FittedCurvature curvature = influence.fit(order.source(batch));
          for (int i = 0; i < WIDE.size(); i++) {
            TestExamples data = model.data().get(i);
            var factors = curvature.factors(WIDE.get(i).name());
            assertThat(factors.rows()).isEqualTo(data.rowCount());
            FactorBlock a = factors.parts().get(0).activations().get(0);
            FactorBlock s = factors.parts().get(0).gradients().get(0);
            double n = data.rowCount();
            Matrix naiveA = DenseInfluence.covariance(data.activations(), 1).times(n);
            Matrix naiveS = DenseInfluence.covariance(data.gradients(), 1).times(n);
            assertNear("A", matrix(a.covariance()), naiveA, tolerance);
            assertNear("S", matrix(s.covariance()), naiveS, tolerance);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("correctedStrategies")
  void p2EigenvaluesSumToTheMeanSquaredGradient(Precision precision, CurvatureStrategy strategy) {
    TestModel model = TestModel.random(SeededRandom.at("p2"), 12, 20, WIDE);
    try (Influence influence = open(precision, strategy, WIDE)) {
      FittedCurvature curvature = influence.fit(all(model));
      for (int i = 0; i < WIDE.size(); i++) {
        TestExamples data = model.data().get(i);
        double expected = 0;
        for (int e = 0; e < data.count(); e++) {
          Matrix g = data.gradient(e);
          expected += g.dot(g) / data.count();
        }
        double sum = Arrays.stream(curvature.eigenvalues(WIDE.get(i).name())).sum();
        assertThat(sum / expected).isCloseTo(1, within(tolerance(precision, 1e-12, 1e-5)));
      }
    }
  }

  /** The examples lie on both sides of T*, so that both forms are taken. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p3EigenvaluesAreMeanSquaresInTheEigenbasis(Precision precision) {
    TestModel model = TestModel.random(SeededRandom.at("p3"), 12, 20, SMALL);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(model));
      for (int i = 0; i < SMALL.size(); i++) {
        TestExamples data = model.data().get(i);
        Matrix q = basis(curvature, SMALL.get(i).name());
        Matrix expected = Matrix.zeros(q.rows(), 1);
        for (int e = 0; e < data.count(); e++) {
          Matrix rotated = q.transposed().times(Matrix.column(data.gradient(e).values()));
          expected = expected.plus(rotated.hadamard(rotated).times(1.0 / data.count()));
        }
        Matrix actual = Matrix.column(curvature.eigenvalues(SMALL.get(i).name()));
        assertNear("Λ", actual, expected, tolerance(precision, 1e-12, 1e-5));
      }
    }
  }

  /** The best multiple of A⊗S is c = ⟨F, A⊗S⟩ / ‖A⊗S‖². */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p4CorrectedEigenvaluesAreCloserToTheFisher(Precision precision) {
    TestModel model = small("p4", 15);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(model));
      for (int i = 0; i < SMALL.size(); i++) {
        TestExamples data = model.data().get(i);
        Matrix fisher = DenseInfluence.fisher(data);
        Matrix kronecker =
            DenseInfluence.covariance(data.gradients(), 1)
                .kronecker(DenseInfluence.covariance(data.activations(), 1));
        double c = fisher.dot(kronecker) / kronecker.dot(kronecker);
        double uncorrected = fisher.minus(kronecker.times(c)).norm();
        double corrected = fisher.minus(hessian(curvature, SMALL.get(i).name())).norm();
        double slack = tolerance(precision, 1e-12, 1e-5) * fisher.norm();
        assertThat(corrected).isLessThanOrEqualTo(uncorrected + slack);
      }
    }
  }
}
