/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

/**
 * A cheap approximation of {@code (G + λI)⁻¹}: symmetric and positive definite. {@link
 * CurvaturePreconditioner} is one.
 */
@FunctionalInterface
public interface Preconditioner {
  /** The identity. */
  Preconditioner NONE = Vectors::copy;

  /**
   * Multiplies vectors.
   *
   * @param vectors [vectors][weights], not to be changed
   * @return [vectors][weights], new arrays
   */
  double[][] apply(double[][] vectors);

  /**
   * Refuses layers that it is not made for, and vectors that it knows no inverse for; nothing
   * unless it is overridden.
   *
   * @param layout of the system
   * @param vectors the right-hand sides
   * @throws IllegalArgumentException if there is one
   */
  default void check(ParameterLayout layout, double[][] vectors) {}
}
