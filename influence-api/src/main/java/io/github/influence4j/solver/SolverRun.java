/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * A solver at work, step by step: may be looked at, stopped and kept at any step. A step that
 * throws leaves the run where it was. Not thread-safe.
 */
public abstract sealed class SolverRun permits ConjugateGradientsRun, RichardsonRun {
  /** A product made anew may show a residual this much larger than the one the solver saw. */
  private static final double AGREEMENT = 2;

  final DampedSystem system;
  final Preconditioner preconditioner;
  final double[][] rightHandSides;
  final Tally tally;

  private final double[] norms;
  private final String solver;
  private final double tolerance;

  /**
   * A run.
   *
   * @param solver who solves, with all settings that must not change in between
   * @param preconditioner P⁻¹
   * @param tolerance of the relative residual
   */
  SolverRun(
      String solver,
      Preconditioner preconditioner,
      DampedSystem system,
      double[][] rightHandSides,
      double tolerance) {
    system.layout().check("Right-hand side", rightHandSides);
    preconditioner.check(system.layout(), rightHandSides);
    this.preconditioner = preconditioner;
    this.solver = solver;
    this.system = system;
    this.rightHandSides = rightHandSides;
    this.tolerance = tolerance;
    this.tally = new Tally(rightHandSides);
    this.norms = Arrays.stream(rightHandSides).mapToDouble(Vectors::norm).toArray();
    for (int r = 0; r < norms.length; r++) {
      if (!Double.isFinite(norms[r])) {
        throw new IllegalArgumentException(
            "Right-hand side " + r + " has a norm that no double holds; scale the loss down.");
      }
      tally.done[r] = norms[r] == 0;
    }
  }

  /** Copies in what {@link #state} gave. */
  final void restore(SolverState state) {
    if (!state.solver().equals(solver)) {
      throw new IllegalArgumentException(
          "The state was left by " + state.solver() + ", not by " + solver + ".");
    }
    tally.restore(state);
  }

  /**
   * Whether there is nothing left to do: every right-hand side has converged, or the limit of
   * iterations is reached.
   *
   * @return whether
   */
  public final boolean finished() {
    return tally.steps >= limit() || tally.active().length == 0;
  }

  /**
   * Makes one step with all right-hand sides that have not converged.
   *
   * @return whether the run is finished now
   * @throws ArithmeticException if it diverges, the system is singular or a number leaves the range
   *     of a double
   */
  public final boolean step() {
    if (!finished()) {
      advance(tally.active());
      tally.steps++;
    }
    return finished();
  }

  /**
   * Makes steps.
   *
   * @param stop asked before each step
   * @return this, finished or stopped
   */
  public final SolverRun runUntil(BooleanSupplier stop) {
    while (!finished() && !stop.getAsBoolean()) {
      step();
    }
    return this;
  }

  /**
   * Steps made so far, those before a {@link IterativeSolver#resume} among them.
   *
   * @return the number
   */
  public final long steps() {
    return tally.steps;
  }

  /**
   * What there is so far; takes one pass over all examples for the residuals, which later ones do
   * not count.
   *
   * @return copies; the run may go on
   */
  public final Solution solution() {
    double[][] x = Vectors.copy(solutions());
    int[] all = IntStream.range(0, x.length).toArray();
    double[][] products = system.multiply(null, x, all);
    long examples = system.operator().examples();
    List<SolveReport> reports = new ArrayList<>();
    for (int r = 0; r < x.length; r++) {
      Vectors.add(-1, rightHandSides[r], products[r]);
      double residual = norms[r] == 0 ? 0 : Vectors.norm(products[r]) / norms[r];
      reports.add(
          new SolveReport(
              residual <= AGREEMENT * tolerance,
              residual,
              tally.iterations[r],
              tally.examples[r] / (double) examples));
    }
    return new Solution(x, reports, 1 + tally.passed / (double) examples);
  }

  /**
   * Where the run stands.
   *
   * @return a copy
   */
  public final SolverState state() {
    Map<String, double[][]> numbers = new LinkedHashMap<>();
    tally.keep(numbers);
    keep(numbers);
    return new SolverState(solver, numbers);
  }

  /** The residual of a right-hand side, relative; marks it if that is small enough. */
  final boolean converged(int number, double residualNorm) {
    tally.done[number] = residualNorm <= tolerance * norms[number];
    return tally.done[number];
  }

  /** Steps that may be made. */
  abstract long limit();

  /** One step with some right-hand sides; changes nothing if it throws. */
  abstract void advance(int[] active);

  /** x so far. */
  abstract double[][] solutions();

  /** Adds what else the state needs. */
  abstract void keep(Map<String, double[][]> numbers);
}
