/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Closeness.assertNear;
import static io.github.influence4j.spi.contract.Closeness.norm;
import static io.github.influence4j.spi.contract.Closeness.tolerance;
import static io.github.influence4j.spi.contract.Operations.gradients;
import static io.github.influence4j.spi.contract.Operations.precondition;
import static io.github.influence4j.spi.contract.Operations.targets;
import static io.github.influence4j.spi.contract.Operations.thresholds;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of queries, summed and preconditioned. */
@Tag("queries")
abstract class QueryContract extends BackendContract {
  QueryContract(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @MethodSource("problems")
  void accumulatesGradients(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int[] targets = targets(examples.count());
    double scale = IntStream.range(0, examples.count()).mapToDouble(examples::scale).sum();
    try (Session session = open(precision)) {
      double[] expected =
          expected("gradients", problem, o -> gradients(o, problem.plain(), targets, 3, 0));
      for (int below : thresholds(problem)) {
        double[] actual = gradients(session, problem, targets, 3, below);
        assertNear("below " + below, actual, expected, scale * tolerance(session, problem));
        double[] untouched = Arrays.copyOfRange(actual, problem.size(), 2 * problem.size());
        assertSameBits("nobody's target", untouched, new double[problem.size()]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("problems")
  void preconditions(Precision precision, LayerProblem problem) {
    try (Session session = open(precision)) {
      QueryFactors.Dense rotated = problem.dense(session);
      double[] before = rotated.values().toDoubles();
      QueryFactors.Dense actual = precondition(session, problem, rotated.values());
      double[] v = preconditioned(problem);
      assertThat(actual.queries()).isEqualTo(LayerProblem.QUERIES);
      assertThat(actual.values().shape()).isEqualTo(rotated.values().shape());
      double bound = norm(v) * tolerance(session, problem.inputs(), problem.outputs());
      assertNear("V", actual.values().toDoubles(), v, bound);
      assertSameBits("argument", rotated.values().toDoubles(), before);
    }
  }
}
