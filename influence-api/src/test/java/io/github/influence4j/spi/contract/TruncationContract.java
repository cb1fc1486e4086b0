/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Closeness.tolerance;
import static io.github.influence4j.spi.contract.Operations.filled;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.Session;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** P13: preconditioned queries of low rank. */
@Tag("truncation")
abstract class TruncationContract extends BackendContract {
  TruncationContract(BackendProvider backends) {
    super(backends);
  }

  static Stream<Arguments> truncations() {
    return problems()
        .filter(
            arguments -> {
              LayerProblem problem = (LayerProblem) arguments.get()[1];
              return Math.min(problem.outputs(), problem.inputs()) > 1;
            });
  }

  private static QueryFactors.LowRank truncate(
      Session session, LayerProblem problem, double[] rotated, Truncation truncation) {
    int queries = rotated.length / problem.size();
    BackendTensor tensor = session.upload(rotated, queries, problem.outputs(), problem.inputs());
    ComputeBackend backend = session.backend();
    return session.keep(
        backend.preconditionLowRank(
            tensor, problem.weights(session), problem.rotation(session), truncation));
  }

  private static Matrix product(QueryFactors.LowRank factors, int query) {
    return factor(factors.left(), query).times(factor(factors.right(), query).transposed());
  }

  private static Matrix factor(BackendTensor tensor, int query) {
    int rows = (int) tensor.shape()[1];
    int rank = (int) tensor.shape()[2];
    int size = rows * rank;
    double[] values = tensor.toDoubles();
    return new Matrix(rows, rank, Arrays.copyOfRange(values, query * size, (query + 1) * size));
  }

  private static double truncationTolerance(Session session, LayerProblem problem) {
    return 10 * tolerance(session, problem.inputs(), problem.outputs());
  }

  /**
   * P13. The residual reported is the true one; a full decomposition has the least there is (Eckart
   * and Young 1936); ten more columns and two power iterations bring a randomised one within a
   * tenth of it even where singular values do not decay, as here.
   */
  @ParameterizedTest
  @MethodSource("truncations")
  void truncatesQueries(Precision precision, LayerProblem problem) {
    int rank = Math.max(1, Math.min(problem.outputs(), problem.inputs()) / 3);
    try (Session session = open(precision)) {
      double tolerance = truncationTolerance(session, problem);
      double[] exact = preconditioned(problem);
      Truncation full = new Truncation(rank, false, 0);
      double[] least =
          expected(
              "residuals", problem, o -> truncate(o, problem, problem.queries(), full).residuals());
      for (boolean randomised : new boolean[] {false, true}) {
        QueryFactors.LowRank actual =
            truncate(session, problem, problem.queries(), new Truncation(rank, randomised, 7));
        assertThat(actual.queries()).isEqualTo(LayerProblem.QUERIES);
        assertThat(actual.left().shape())
            .containsExactly(LayerProblem.QUERIES, problem.outputs(), rank);
        assertThat(actual.right().shape())
            .containsExactly(LayerProblem.QUERIES, problem.inputs(), rank);
        for (int q = 0; q < LayerProblem.QUERIES; q++) {
          int first = q * problem.size();
          Matrix v =
              new Matrix(
                  problem.outputs(),
                  problem.inputs(),
                  Arrays.copyOfRange(exact, first, first + problem.size()));
          double residual = v.minus(product(actual, q)).norm() / v.norm();
          double slack = randomised ? 0.1 * least[q] : 0;
          assertThat(actual.residuals()[q]).isBetween(residual - tolerance, residual + tolerance);
          assertThat(residual).isBetween(least[q] - tolerance, least[q] + tolerance + slack);
        }
      }
    }
  }

  /** A query of rank 2 kept at rank 2 or 3 loses nothing, and one of zeros stays zero. */
  @ParameterizedTest
  @MethodSource("truncations")
  void truncatesQueriesOfLowRankExactly(Precision precision, LayerProblem problem) {
    int rank = Math.min(3, Math.min(problem.outputs(), problem.inputs()) - 1);
    Matrix query = rank == 1 ? problem.rowQuery() : problem.lowRankQuery(0);
    double[] rotated = Arrays.copyOf(query.values(), 2 * problem.size());
    LayerProblem equal = problem.withWeights(filled(problem.size(), 2));
    Matrix q = problem.gradientBasis();
    Matrix v = q.times(query.times(2)).times(problem.activationBasis().transposed());
    try (Session session = open(precision)) {
      double tolerance = truncationTolerance(session, problem);
      for (boolean randomised : new boolean[] {false, true}) {
        QueryFactors.LowRank actual =
            truncate(session, equal, rotated, new Truncation(rank, randomised, 7));
        assertThat(actual.residuals()[0]).isBetween(0.0, tolerance);
        assertThat(product(actual, 0).minus(v).norm()).isLessThanOrEqualTo(tolerance * v.norm());
        assertThat(actual.residuals()[1]).isZero();
        assertThat(product(actual, 1).norm()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void truncationDependsOnTheQueryAndTheSeedAlone(Precision precision) {
    LayerProblem problem = LayerProblem.of(200, 33, 40, true, 1, 1, 1);
    try (Session session = open(precision, 3);
        Session single = open(precision, 1)) {
      for (boolean randomised : new boolean[] {false, true}) {
        Truncation truncation = new Truncation(4, randomised, 11);
        QueryFactors.LowRank all = truncate(session, problem, problem.queries(), truncation);
        for (int q = 0; q < LayerProblem.QUERIES; q++) {
          QueryFactors.LowRank alone =
              truncate(single, problem, problem.query(q).values(), truncation);
          String what = "query " + q + " randomised " + randomised;
          assertSameBits(what, factor(all.left(), q).values(), alone.left().toDoubles());
          assertSameBits(what, factor(all.right(), q).values(), alone.right().toDoubles());
          assertThat(all.residuals()[q]).as(what).isEqualTo(alone.residuals()[0]);
        }
      }
      Truncation other = new Truncation(4, true, 12);
      assertThat(truncate(session, problem, problem.queries(), other).left().toDoubles())
          .as("another seed")
          .isNotEqualTo(
              truncate(session, problem, problem.queries(), new Truncation(4, true, 11))
                  .left()
                  .toDoubles());
    }
  }
}
