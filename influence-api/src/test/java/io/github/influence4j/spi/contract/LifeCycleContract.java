/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Operations.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.testing.Session;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is closed or of another backend is refused. */
@Tag("life")
abstract class LifeCycleContract extends BackendContract {
  LifeCycleContract(BackendProvider backends) {
    super(backends);
  }

  private static void assertClosed(ThrowingCallable use) {
    assertThatThrownBy(use)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("already closed");
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void closedTensorsAreRefused(Precision precision) {
    LayerProblem problem = LayerProblem.of(500, 4, 3, true, 2, 2, 1);
    ExampleRows rows = problem.examples().rows();
    try (Session session = open(precision)) {
      ComputeBackend backend = session.backend();
      BackendTensor tensor = backend.zeros(4, 4);
      tensor.close();
      assertThatCode(tensor::close).doesNotThrowAnyException();
      assertClosed(tensor::toDoubles);
      assertClosed(() -> backend.concatenate(List.of(tensor)));
      Rotation rotation = problem.rotation(session);
      BackendTensor sum = backend.accumulator(4, 4);
      sum.close();
      assertClosed(() -> backend.accumulateSquares(rows, rotation, 2, sum));
      CovarianceAccumulator accumulator = backend.covariance(0, 4);
      accumulator.close();
      assertThatCode(accumulator::close).doesNotThrowAnyException();
      assertClosed(() -> accumulator.sum(0));
      CovarianceUpdate update = new CovarianceUpdate(rows.activations(), accumulator);
      assertClosed(() -> backend.accumulateCovariances(List.of(update)));
      QueryFactors.Dense dense = problem.dense(session);
      QueryFactors.LowRank low = problem.lowRank(session);
      for (QueryFactors factors : List.of(dense, low)) {
        factors.close();
        assertThatCode(factors::close).doesNotThrowAnyException();
        assertClosed(() -> backend.score(rows, factors, 2));
        assertClosed(() -> backend.scoreRows(rows, factors));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void closedBackendsRefuseEverything(Precision precision) {
    LayerProblem problem = LayerProblem.of(501, 4, 3, true, 2, 2, 1);
    ExampleRows rows = problem.examples().rows();
    try (Session session = open(precision)) {
      ComputeBackend backend = session.backend();
      Rotation rotation = problem.rotation(session);
      BackendTensor weights = problem.weights(session);
      QueryFactors.Dense queries = problem.dense(session);
      CovarianceUpdate update = new CovarianceUpdate(rows.activations(), session.covariance(0, 4));
      Truncation truncation = new Truncation(2, false, 0);
      int[] targets = {0, 1};
      backend.close();
      assertThatCode(backend::close).doesNotThrowAnyException();
      assertThat(backend.description().name()).isEqualTo(name());
      assertClosed(() -> backend.zeros(1));
      assertClosed(() -> backend.accumulator(1));
      assertClosed(() -> backend.upload(TensorView.of(new double[1], 1)));
      assertClosed(() -> backend.concatenate(List.of(weights)));
      assertClosed(() -> backend.magnitudes(rows.activations()));
      assertClosed(() -> backend.covariance(0, 1));
      assertClosed(() -> backend.accumulateCovariances(List.of(update)));
      assertClosed(() -> backend.eigendecompose(List.of(new double[1])));
      assertClosed(() -> backend.accumulateSquares(rows, rotation, 2, weights));
      assertClosed(() -> backend.weightedSquares(rows, rotation, 2, List.of(weights)));
      assertClosed(() -> backend.accumulateGradients(rows, rotation, 2, targets, queries.values()));
      assertClosed(() -> backend.precondition(queries.values(), weights, rotation));
      assertClosed(
          () -> backend.preconditionLowRank(queries.values(), weights, rotation, truncation));
      assertClosed(() -> backend.score(rows, queries, 2));
      assertClosed(() -> backend.scoreRows(rows, queries));
    }
  }

  /** A tensor of another backend must give an exception, not a crash. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void tensorsOfOthersAreRefused(Precision precision) {
    BackendTensor foreign =
        new BackendTensor() {
          @Override
          public long[] shape() {
            return new long[] {4, 4};
          }

          @Override
          public double[] toDoubles() {
            return new double[16];
          }

          @Override
          public void close() {}
        };
    try (Session session = open(precision)) {
      assertThatThrownBy(() -> session.backend().concatenate(List.of(foreign)))
          .isInstanceOfAny(ClassCastException.class, IllegalArgumentException.class);
    }
  }
}
