/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Conjugate gradients at work: r the residuals, p the search directions, ρ = rᵀ P⁻¹ r. */
final class ConjugateGradientsRun extends SolverRun {
  private static final String SOLVER = "conjugate gradients";
  private static final String X = "x";
  private static final String R = "r";
  private static final String P = "p";
  private static final String RHO = "rho";

  private final long iterations;
  private final double[][] x;
  private final double[][] r;
  private final double[][] p;
  private final double[][] rho;

  ConjugateGradientsRun(
      Preconditioner preconditioner,
      long iterations,
      double tolerance,
      DampedSystem system,
      double[][] rightHandSides,
      @Nullable SolverState state) {
    super(SOLVER, preconditioner, system, rightHandSides, tolerance);
    this.iterations = iterations;
    int count = rightHandSides.length;
    int size = system.layout().size();
    if (state == null) {
      x = new double[count][size];
      r = Vectors.copy(rightHandSides);
      p = preconditioner.apply(r);
      rho = new double[count][1];
      for (int i : tally.active()) {
        rho[i][0] = positive(i, Vectors.dot(r[i], p[i]));
      }
    } else {
      restore(state);
      x = state.get(X, count, size);
      r = state.get(R, count, size);
      p = state.get(P, count, size);
      rho = state.get(RHO, count, 1);
      for (int i = 0; i < count; i++) {
        converged(i, Vectors.norm(r[i])); // the tolerance may have changed
      }
    }
  }

  private static double positive(int number, double rho) {
    if (!(rho > 0) || Double.isInfinite(rho)) {
      throw new ArithmeticException(
          "Right-hand side "
              + number
              + ": the residual times its preconditioned self is "
              + rho
              + ", expected a positive number; the preconditioner is not positive definite, or"
              + " numbers leave the range of a double.");
    }
    return rho;
  }

  @Override
  long limit() {
    return iterations;
  }

  @Override
  void advance(int[] active) {
    double[][] products = system.multiply(null, p, active);
    double[] lengths = new double[active.length];
    for (int i = 0; i < active.length; i++) {
      lengths[i] = length(active[i], Vectors.dot(p[active[i]], products[i]));
    }
    double[][] residuals = products; // r - length G p, in the memory of the products
    for (int i = 0; i < active.length; i++) {
      Vectors.scaleAndAdd(-lengths[i], residuals[i], r[active[i]]);
    }
    double[][] z = preconditioner.apply(residuals);
    double[] next = new double[active.length];
    for (int i = 0; i < active.length; i++) {
      next[i] = Vectors.dot(residuals[i], z[i]);
      if (Vectors.norm(residuals[i]) != 0) {
        positive(active[i], next[i]);
      }
    }
    tally.count(active, system.operator().examples());
    for (int i = 0; i < active.length; i++) {
      int number = active[i];
      Vectors.add(lengths[i], p[number], x[number]);
      r[number] = residuals[i];
      Vectors.scaleAndAdd(next[i] / rho[number][0], p[number], z[i]);
      rho[number][0] = next[i];
      converged(number, Vectors.norm(r[number]));
    }
  }

  /** How far to go. */
  private double length(int number, double curvature) {
    double length = rho[number][0] / curvature;
    if (!(curvature > 0) || !Double.isFinite(length)) {
      throw new ArithmeticException(
          "Right-hand side "
              + number
              + ": the curvature along its search direction is "
              + curvature
              + " after "
              + tally.iterations[number]
              + " iterations, expected a positive number; G + λI is singular there, or the"
              + " products are not those of a Gauss-Newton Hessian. Raise the damping.");
    }
    return length;
  }

  @Override
  double[][] solutions() {
    return x;
  }

  @Override
  void keep(Map<String, double[][]> numbers) {
    numbers.put(X, x);
    numbers.put(R, r);
    numbers.put(P, p);
    numbers.put(RHO, rho);
  }
}
