/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.InverseFilter;
import io.github.influence4j.solver.SourceSegments.Segment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** SOURCE against gradient descent on a quadratic, step by step. */
final class SourceSegmentsTest extends SolverTest {
  private static final Damping DECAY = Damping.absolute(1e-3);
  private static final double RATE = 1e-3;
  private static final int STEPS = 300;

  private final FittedCurvature later = network.fit(CurvatureStrategy.DIAGONAL);

  private final SourceSegments source =
      SourceSegments.of(
          List.of(new Segment(curvature, RATE, STEPS), new Segment(later, 2 * RATE, STEPS / 2)));

  @Test
  void theLastSegmentIsAFilter() {
    FittedCurvature unrolled = later.withFilter(InverseFilter.unrolled(2 * RATE, STEPS / 2));
    double[][] expected = CurvaturePreconditioner.of(unrolled, DECAY).apply(vectors);
    assertThat(source.at(1).refine(later, DECAY, vectors)).isDeepEqualTo(expected);
  }

  /**
   * Training with a push along v in the first segment's steps, and none in the second's: how far
   * the weights are off at the end. Euler's steps and the exponential differ by the order of ησ.
   */
  @Test
  void earlierSegmentsDecay() {
    double[] v = vectors[0];
    double[] moved = new double[v.length];
    for (int k = 0; k < STEPS; k++) {
      double[] pull = damped(curvature, moved);
      for (int i = 0; i < v.length; i++) {
        moved[i] += RATE * (v[i] - pull[i]);
      }
    }
    for (int k = 0; k < STEPS / 2; k++) {
      Vectors.add(-2 * RATE, damped(later, moved), moved);
    }
    // Scores are symmetric in what is propagated, so the query comes through the later segment
    // first.
    double[] query = vectors[1];
    double[] propagated = source.at(0).refine(curvature, DECAY, new double[][] {query})[0];
    double expected = Vectors.dot(query, moved);
    assertThat(Math.abs(Vectors.dot(propagated, v) - expected))
        .isLessThan(0.01 * Vectors.norm(query) * Vectors.norm(moved));
  }

  /** {@code (G + λI) v}. */
  private static double[] damped(FittedCurvature fitted, double[] v) {
    FittedCurvature forward = fitted.withFilter((sigma, lambda) -> sigma + lambda);
    return CurvaturePreconditioner.of(forward, DECAY).apply(new double[][] {v})[0];
  }

  @Test
  void segmentsThatAreNoneAreRefused() {
    assertThatThrownBy(() -> SourceSegments.of(List.of())).hasMessageContaining("no segments");
    assertThatThrownBy(() -> new Segment(curvature, 0, 10))
        .hasMessage("The learning rate must be positive and finite, got 0.0.");
    assertThatThrownBy(() -> new Segment(curvature, 1, Double.NaN))
        .hasMessage("The number of steps must be positive and finite, got NaN.");
  }
}
