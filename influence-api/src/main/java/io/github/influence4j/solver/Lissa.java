/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import org.jspecify.annotations.Nullable;

/**
 * LiSSA (Agarwal et al. 2017; Koh and Liang 2017): the Neumann series {@code r ← v + (I − α(G̃ +
 * λI)) r} from {@code r = v}, with {@code x = αr} and G̃ the Gauss-Newton Hessian of the step's
 * mini-batch. Here for comparison: the steps it takes grow with the condition number, which
 * preconditioning ({@link Astra}) avoids.
 *
 * @param iterations at most
 * @param tolerance of the relative residual, which is known at each step where products are over
 *     all examples and is looked at only there; 0 makes all the iterations
 * @param scale α; null finds one: 1 over the largest eigenvalue that power iterations over the
 *     first mini-batches find
 * @param batches the examples of each step
 */
public record Lissa(long iterations, double tolerance, @Nullable Double scale, MiniBatches batches)
    implements IterativeSolver {
  /** Checks the numbers. */
  public Lissa {
    RichardsonSettings.check(iterations, tolerance, scale, "scale");
  }

  /**
   * With a scale that is found, over all examples.
   *
   * @param iterations how many
   * @return the solver
   */
  public static Lissa iterations(long iterations) {
    return new Lissa(iterations, 0, null, MiniBatches.ALL);
  }

  /**
   * Changes the limit.
   *
   * @param most iterations
   * @return a copy
   */
  public Lissa withIterations(long most) {
    return new Lissa(most, tolerance, scale, batches);
  }

  /**
   * Stops early.
   *
   * @param relativeResidual positive
   * @return a copy
   */
  public Lissa withTolerance(double relativeResidual) {
    return new Lissa(iterations, relativeResidual, scale, batches);
  }

  /**
   * Changes the scale.
   *
   * @param alpha below 2 over the largest eigenvalue of {@code G̃ + λI}, or it diverges
   * @return a copy
   */
  public Lissa withScale(double alpha) {
    return new Lissa(iterations, tolerance, alpha, batches);
  }

  /**
   * Takes mini-batches.
   *
   * @param value size and seed
   * @return a copy
   */
  public Lissa withBatches(MiniBatches value) {
    return new Lissa(iterations, tolerance, scale, value);
  }

  @Override
  public SolverRun start(DampedSystem system, double[][] rightHandSides) {
    return RichardsonRun.start(settings(), system, rightHandSides);
  }

  @Override
  public SolverRun resume(DampedSystem system, double[][] rightHandSides, SolverState state) {
    return RichardsonRun.resume(settings(), system, rightHandSides, state);
  }

  private RichardsonSettings settings() {
    return new RichardsonSettings(
        "LiSSA",
        Preconditioner.NONE,
        new StepLengths(scale, 0, 0),
        batches,
        iterations,
        tolerance,
        RichardsonSettings.Begin.SCALED);
  }
}
