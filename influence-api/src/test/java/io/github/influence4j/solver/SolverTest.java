/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.testing.SeededRandom;
import java.util.Random;

/** A network, a damped system of it and right-hand sides. */
abstract class SolverTest {
  static final Damping DAMPING = Damping.HEURISTIC;

  final Random random = SeededRandom.at(getClass().getSimpleName());
  final TestNetwork network =
      TestNetwork.random(random, Activation.TANH, OutputLoss.SOFTMAX_CROSS_ENTROPY, 24, 4, 5, 3);
  final FittedCurvature curvature = network.fit(CurvatureStrategy.EKFAC);
  final Preconditioner ekfac = CurvaturePreconditioner.of(curvature, DAMPING);
  final DampedSystem system = DampedSystem.of(network.operator(), curvature, DAMPING);
  final double[][] vectors = network.vectors(random, 3);

  /** ‖x − exact‖ / ‖exact‖, the largest of all right-hand sides. */
  double error(Solution solution) {
    double largest = 0;
    for (int r = 0; r < vectors.length; r++) {
      largest =
          Math.max(largest, distance(solution.vectors()[r], network.solve(system, vectors[r])));
    }
    return largest;
  }

  static double distance(double[] actual, double[] expected) {
    double[] difference = actual.clone();
    Vectors.add(-1, expected, difference);
    return Vectors.norm(difference) / Vectors.norm(expected);
  }
}
