/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How far a result may be from that of the reference backend.
 *
 * <p>A sum of k products computed with unit roundoff u is off by no more than {@code λ√k·u} times
 * the sum of the absolute products, with a probability that λ = 4 makes practically certain (Higham
 * and Mary 2019, "A new approach to probabilistic rounding error analysis"). An operation chains
 * sums of T (rows), M and P terms, each stable, so its error is bounded by {@link #tolerance} times
 * a norm that no cancellation makes small: Σ‖ds‖‖a‖ for a gradient. That is 1e-5 or less in F32 and
 * 2e-14 or less in F64 for every size used here, within properties P1 to P3 of the method.
 */
final class Closeness {
  private Closeness() {}

  static double unitRoundoff(Session session) {
    return session.backend().description().precision() == Precision.F32 ? 0x1p-24 : 0x1p-53;
  }

  static double tolerance(Session session, int... terms) {
    double roots = 3 + IntStream.of(terms).mapToDouble(Math::sqrt).sum();
    return 4 * roots * unitRoundoff(session);
  }

  static double tolerance(Session session, LayerProblem problem) {
    TestExamples examples = problem.examples();
    return tolerance(session, examples.rowCount(), examples.inputs(), examples.outputs());
  }

  static double distance(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double sum = 0;
    for (int i = 0; i < actual.length; i++) {
      sum += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    }
    return Math.sqrt(sum);
  }

  static double norm(double[] values) {
    return distance(values, new double[values.length]);
  }

  static void assertNear(String what, double[] actual, double[] expected, double bound) {
    assertThat(distance(actual, expected)).as(what).isLessThanOrEqualTo(bound);
  }

  static void assertEachNear(
      String what, double[] actual, double[] expected, IntToDoubleFunction bound) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(Math.abs(actual[i] - expected[i]))
          .as("%s, element %d: %s instead of %s", what, i, actual[i], expected[i])
          .isLessThanOrEqualTo(bound.applyAsDouble(i));
    }
  }
}
