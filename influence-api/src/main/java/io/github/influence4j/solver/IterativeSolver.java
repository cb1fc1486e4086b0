/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

/**
 * Solves {@code (G + λI) x = v} for many right-hand sides at once, which share every pass of the
 * model.
 *
 * <pre>{@code
 * DampedSystem system = DampedSystem.of(model, curvature, Damping.HEURISTIC);
 * Preconditioner ekfac = CurvaturePreconditioner.of(curvature, Damping.HEURISTIC);
 * Solution solution = Astra.iterations(200, ekfac).solve(system, queryGradients);
 *
 * SolverRun run = ConjugateGradients.to(1e-6).withPreconditioner(ekfac).start(system, gradients);
 * run.runUntil(() -> outOfTime());                       // or step by step
 * keep(run.state());                                     // for resume, in another program
 * }</pre>
 */
public sealed interface IterativeSolver permits ConjugateGradients, Lissa, Astra {
  /**
   * Begins.
   *
   * @param system the system
   * @param rightHandSides [right-hand sides][weights]; borrowed while the run is used
   * @return a run that has made no step yet
   * @throws IllegalArgumentException if a right-hand side has another length or is not finite
   */
  SolverRun start(DampedSystem system, double[][] rightHandSides);

  /**
   * Goes on where another run stopped. Limits (iterations, tolerance) may have changed since.
   *
   * @param system the same system
   * @param rightHandSides the same right-hand sides
   * @param state of the run that stopped
   * @return a run that goes on with the bits of the one that stopped
   * @throws IllegalArgumentException if the state is of another solver, of other settings or of
   *     other right-hand sides
   */
  SolverRun resume(DampedSystem system, double[][] rightHandSides, SolverState state);

  /**
   * Runs to the end.
   *
   * @param system the system
   * @param rightHandSides [right-hand sides][weights]
   * @return the solutions, with the residuals that they have
   * @throws IllegalArgumentException if a right-hand side has another length or is not finite
   * @throws ArithmeticException if it diverges, the system is singular or a number leaves the range
   *     of a double; right-hand side and, where there is one, layer are named
   */
  default Solution solve(DampedSystem system, double[][] rightHandSides) {
    return start(system, rightHandSides).runUntil(() -> false).solution();
  }
}
