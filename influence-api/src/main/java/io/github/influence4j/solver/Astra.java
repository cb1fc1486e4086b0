/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

/**
 * ASTRA (Wang et al. 2025, "Better Training Data Attribution via Better Inverse Hessian-Vector
 * Products"): refines the solution of a preconditioner, EK-FAC as a rule, by preconditioned steps
 * over mini-batches: {@code x ← x − α P⁻¹ [(G̃ + λI) x − v]} from {@code x = P⁻¹ v}, with momentum.
 * All right-hand sides share the mini-batches.
 *
 * @param iterations at most
 * @param tolerance of the relative residual, which is known at each step where products are over
 *     all examples and is looked at only there; 0 makes all the iterations
 * @param preconditioner P⁻¹: {@link CurvaturePreconditioner#of} with the damping of the system
 * @param lengths learning rate, momentum and decay
 * @param batches the examples of each step
 * @param fromZero begins with x = 0, not with P⁻¹ v: the first step then makes α P⁻¹ v
 */
public record Astra(
    long iterations,
    double tolerance,
    Preconditioner preconditioner,
    StepLengths lengths,
    MiniBatches batches,
    boolean fromZero)
    implements IterativeSolver {
  /** Checks the numbers. */
  public Astra {
    RichardsonSettings.check(iterations, tolerance, null, "");
  }

  /**
   * With a learning rate that is found and momentum 0.9, over all examples.
   *
   * @param iterations how many
   * @param preconditioner P⁻¹
   * @return the solver
   */
  public static Astra iterations(long iterations, Preconditioner preconditioner) {
    return new Astra(iterations, 0, preconditioner, StepLengths.FOUND, MiniBatches.ALL, false);
  }

  /**
   * Changes the limit.
   *
   * @param most iterations
   * @return a copy
   */
  public Astra withIterations(long most) {
    return new Astra(most, tolerance, preconditioner, lengths, batches, fromZero);
  }

  /**
   * Stops early.
   *
   * @param relativeResidual positive
   * @return a copy
   */
  public Astra withTolerance(double relativeResidual) {
    return new Astra(iterations, relativeResidual, preconditioner, lengths, batches, fromZero);
  }

  /**
   * Changes the steps' lengths.
   *
   * @param value learning rate, momentum and decay
   * @return a copy
   */
  public Astra withLengths(StepLengths value) {
    return new Astra(iterations, tolerance, preconditioner, value, batches, fromZero);
  }

  /**
   * Takes mini-batches.
   *
   * @param value size and seed
   * @return a copy
   */
  public Astra withBatches(MiniBatches value) {
    return new Astra(iterations, tolerance, preconditioner, lengths, value, fromZero);
  }

  /**
   * Changes where it begins.
   *
   * @param zero with x = 0, not with the preconditioner's solution
   * @return a copy
   */
  public Astra withStartFromZero(boolean zero) {
    return new Astra(iterations, tolerance, preconditioner, lengths, batches, zero);
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
        "ASTRA",
        preconditioner,
        lengths,
        batches,
        iterations,
        tolerance,
        fromZero ? RichardsonSettings.Begin.ZERO : RichardsonSettings.Begin.PRECONDITIONED);
  }
}
