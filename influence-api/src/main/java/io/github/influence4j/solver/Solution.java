/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.List;

/**
 * What a solver found.
 *
 * @param vectors [right-hand sides][weights]: x
 * @param reports one for each right-hand side
 * @param passes passes of the model over all training examples, shared by all right-hand sides; a
 *     mini-batch counts as the share of the examples that it holds. Finding a step length and the
 *     product for the residuals count, too
 */
public record Solution(double[][] vectors, List<SolveReport> reports, double passes) {
  /** Copies the list. */
  public Solution {
    reports = List.copyOf(reports);
  }

  /**
   * Refuses what has not converged.
   *
   * @return this
   * @throws ArithmeticException if a right-hand side has not; the first is named with its residual
   */
  public Solution requireConverged() {
    for (int r = 0; r < reports.size(); r++) {
      SolveReport report = reports.get(r);
      if (!report.converged()) {
        throw new ArithmeticException(
            "Right-hand side "
                + r
                + " has a relative residual of "
                + report.residual()
                + " after "
                + report.iterations()
                + " iterations and has not converged; allow more iterations, ask for a larger"
                + " tolerance, or raise the damping.");
      }
    }
    return this;
  }
}
