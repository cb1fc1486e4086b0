/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import org.jspecify.annotations.Nullable;

/**
 * Conjugate gradients (Hestenes and Stiefel 1952), plain or preconditioned: one product over all
 * examples a step. Right-hand sides have search directions of their own and share the products;
 * those that have converged take part no more. Takes four vectors of memory a right-hand side.
 *
 * @param tolerance of the relative residual {@code ‖v − (G + λI) x‖ / ‖v‖}, positive
 * @param iterations at most
 * @param preconditioner such as the damped EK-FAC
 */
public record ConjugateGradients(double tolerance, long iterations, Preconditioner preconditioner)
    implements IterativeSolver {
  /** Checks the limits. */
  public ConjugateGradients {
    if (!(tolerance > 0) || iterations < 0) {
      throw new IllegalArgumentException(
          "The tolerance must be positive and the iterations 0 or more, got "
              + tolerance
              + " and "
              + iterations
              + ".");
    }
  }

  /**
   * Plain ones, a thousand iterations at most.
   *
   * @param tolerance of the relative residual
   * @return the solver
   */
  public static ConjugateGradients to(double tolerance) {
    return new ConjugateGradients(tolerance, 1000, Preconditioner.NONE);
  }

  /**
   * Changes the preconditioner.
   *
   * @param value symmetric and positive definite
   * @return a copy
   */
  public ConjugateGradients withPreconditioner(Preconditioner value) {
    return new ConjugateGradients(tolerance, iterations, value);
  }

  /**
   * Changes the limit.
   *
   * @param most iterations
   * @return a copy
   */
  public ConjugateGradients withIterations(long most) {
    return new ConjugateGradients(tolerance, most, preconditioner);
  }

  @Override
  public SolverRun start(DampedSystem system, double[][] rightHandSides) {
    return run(system, rightHandSides, null);
  }

  @Override
  public SolverRun resume(DampedSystem system, double[][] rightHandSides, SolverState state) {
    return run(system, rightHandSides, state);
  }

  private SolverRun run(
      DampedSystem system, double[][] rightHandSides, @Nullable SolverState state) {
    return new ConjugateGradientsRun(
        preconditioner, iterations, tolerance, system, rightHandSides, state);
  }
}
