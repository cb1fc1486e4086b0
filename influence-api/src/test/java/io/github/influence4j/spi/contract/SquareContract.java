/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Closeness.assertEachNear;
import static io.github.influence4j.spi.contract.Closeness.assertNear;
import static io.github.influence4j.spi.contract.Closeness.tolerance;
import static io.github.influence4j.spi.contract.Operations.selfScores;
import static io.github.influence4j.spi.contract.Operations.squares;
import static io.github.influence4j.spi.contract.Operations.thresholds;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Squares of gradients in the eigenbasis: their sums, and weighted for each example. */
@Tag("squares")
abstract class SquareContract extends BackendContract {
  SquareContract(BackendProvider backends) {
    super(backends);
  }

  /** An error of δ in a gradient of size s is one of 2sδ in its square. */
  @ParameterizedTest
  @MethodSource("problems")
  void accumulatesSquares(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    double scale =
        IntStream.range(0, examples.count()).mapToDouble(examples::scale).map(s -> 2 * s * s).sum();
    try (Session session = open(precision)) {
      double[] expected =
          expected("squares", problem, oracle -> squares(oracle, problem.plain(), 0));
      for (int below : thresholds(problem)) {
        double[] actual = squares(session, problem, below);
        assertNear("below " + below, actual, expected, scale * tolerance(session, problem));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("problems")
  void weighsSquares(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    double largest = Arrays.stream(problem.weights()).max().orElseThrow();
    try (Session session = open(precision)) {
      double tolerance = tolerance(session, problem);
      double[][] expected =
          expected("self", problem, oracle -> selfScores(oracle, problem.plain(), 0));
      for (int below : thresholds(problem)) {
        double[][] actual = selfScores(session, problem, below);
        for (int d = 0; d < 2; d++) {
          double factor = 2 * tolerance * (d == 0 ? largest : 1);
          assertEachNear(
              "weights " + d + " below " + below,
              actual[d],
              expected[d],
              e -> factor * examples.scale(e) * examples.scale(e));
        }
        assertSameBits("no weight", actual[2], new double[examples.count()]);
        assertThat(actual).hasNumberOfRows(3);
      }
    }
  }
}
