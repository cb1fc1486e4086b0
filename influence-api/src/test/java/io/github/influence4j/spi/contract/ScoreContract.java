/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Closeness.assertEachNear;
import static io.github.influence4j.spi.contract.Closeness.norm;
import static io.github.influence4j.spi.contract.Closeness.tolerance;
import static io.github.influence4j.spi.contract.Operations.thresholds;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scores of examples and of rows. */
@Tag("scores")
abstract class ScoreContract extends BackendContract {
  ScoreContract(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @MethodSource("problems")
  void scores(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int n = examples.count();
    try (Session session = open(precision)) {
      double tolerance = tolerance(session, problem);
      ExampleRows plain = examples.plain().rows();
      double[] dense =
          expected("dense", problem, o -> o.backend().score(plain, problem.dense(o), 0));
      double[] low =
          expected("low rank", problem, o -> o.backend().score(plain, problem.lowRank(o), 0));
      for (int below : thresholds(problem)) {
        assertEachNear(
            "dense, without gradient below " + below,
            session.backend().score(examples.rows(), problem.dense(session), below),
            dense,
            i -> tolerance * problem.query(i / n).norm() * examples.scale(i % n));
        assertEachNear(
            "low rank, without gradient below " + below,
            session.backend().score(examples.rows(), problem.lowRank(session), below),
            low,
            i -> tolerance * factorNorms(problem, i / n) * examples.scale(i % n));
      }
    }
  }

  /** {@code ‖left‖·‖right‖}, which rounding errors of their product are relative to. */
  private static double factorNorms(LayerProblem problem, int query) {
    int p = problem.outputs() * LayerProblem.RANK;
    int m = problem.inputs() * LayerProblem.RANK;
    return norm(Arrays.copyOfRange(problem.left(), query * p, (query + 1) * p))
        * norm(Arrays.copyOfRange(problem.right(), query * m, (query + 1) * m));
  }

  @ParameterizedTest
  @MethodSource("problems")
  void scoresRows(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int rows = examples.rowCount();
    IntToDoubleFunction scale =
        i -> examples.gradients().norm(i % rows) * examples.activations().norm(i % rows);
    try (Session session = open(precision)) {
      double tolerance = tolerance(session, problem);
      ExampleRows plain = examples.plain().rows();
      assertEachNear(
          "dense",
          session.backend().scoreRows(examples.rows(), problem.dense(session)),
          expected("rows", problem, o -> o.backend().scoreRows(plain, problem.dense(o))),
          i -> tolerance * problem.query(i / rows).norm() * scale.applyAsDouble(i));
      assertEachNear(
          "low rank",
          session.backend().scoreRows(examples.rows(), problem.lowRank(session)),
          expected("low-rank rows", problem, o -> o.backend().scoreRows(plain, problem.lowRank(o))),
          i -> tolerance * factorNorms(problem, i / rows) * scale.applyAsDouble(i));
    }
  }
}
