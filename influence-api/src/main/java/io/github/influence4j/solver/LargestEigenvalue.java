/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.capture.CounterRandom;
import java.util.Arrays;

/**
 * The largest eigenvalue of {@code P⁻¹ (G̃ + λI)} over some mini-batches, by power iterations: the
 * largest stretch seen.
 */
final class LargestEigenvalue {
  private static final int ITERATIONS = 20;
  private static final long SEED = 1;

  private final DampedSystem system;
  private final Preconditioner preconditioner;
  private final BatchSequence batches;
  private long examples;

  LargestEigenvalue(DampedSystem system, Preconditioner preconditioner, BatchSequence batches) {
    this.system = system;
    this.preconditioner = preconditioner;
    this.batches = batches;
  }

  /** Examples that products were taken over. */
  long examples() {
    return examples;
  }

  /**
   * Looks for it.
   *
   * @throws ArithmeticException if no direction has any curvature
   */
  double find() {
    double[] vector = new double[system.layout().size()];
    Arrays.setAll(vector, i -> CounterRandom.gaussian(SEED, 0, i));
    double largest = 0;
    for (int k = 0; k < ITERATIONS; k++) {
      double norm = Vectors.norm(vector);
      if (norm == 0) {
        break;
      }
      Vectors.scale(1 / norm, vector);
      long[] batch = batches.at(k);
      double[][] product = system.multiply(batch, new double[][] {vector}, new int[1]);
      vector = preconditioner.apply(product)[0];
      examples += batch == null ? system.operator().examples() : batch.length;
      largest = Math.max(largest, Vectors.norm(vector));
    }
    if (largest == 0) {
      throw new ArithmeticException(
          "The Gauss-Newton Hessian has no curvature in any direction, and there is no damping: no"
              + " step length can be found. Look at the operator's products, or give a λ above 0.");
    }
    return largest;
  }
}
