/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

/**
 * Finds a minimum near a start. {@link LimitedMemoryBfgs} is ours; wrap the one of the library that
 * you use anyway, such as LibTorch's. Called by several threads at a time.
 */
@FunctionalInterface
public interface Minimizer {
  /**
   * Minimises.
   *
   * @param function smooth, bounded from below
   * @param start where to begin, [parameters]; not changed
   * @param tolerance Euclidean norm of the gradient from which on it is small enough
   * @return where the gradient is that small, [parameters]
   * @throws ArithmeticException if no such place is found
   */
  double[] minimize(Differentiable function, double[] start, double tolerance);

  /** A function with its gradient. */
  @FunctionalInterface
  interface Differentiable {
    /**
     * Value and gradient.
     *
     * @param parameters where; not changed
     * @param gradient [parameters], overwritten with the gradient there
     * @return the value there
     */
    double at(double[] parameters, double[] gradient);
  }
}
