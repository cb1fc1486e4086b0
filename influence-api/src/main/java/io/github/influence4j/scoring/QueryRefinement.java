/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;

/**
 * Preconditions queries more accurately than a fitted curvature does, at a cost that a few queries
 * are worth: by solving with the model's exact Gauss-Newton Hessian ({@code SolverRefinement} of
 * package {@code solver}). With a top-k the curvature finds the hits and the refinement scores them
 * again; without, it scores every pair.
 *
 * <pre>{@code
 * ScoreOptions.topK(100).withRefinement(
 *     SolverRefinement.of(model, ekfac -> Astra.iterations(50, ekfac)));
 * }</pre>
 */
@FunctionalInterface
public interface QueryRefinement {
  /**
   * Multiplies gradients of queries by {@code (G + λI)⁻¹}.
   *
   * @param curvature what the scorer scores with
   * @param damping one of those asked for; called once for each
   * @param gradients [queries][weights]: layer after layer, each [P, M] row-major, the bias in the
   *     last column; computed in the backend's precision. Not to be changed
   * @return [queries][weights], finite
   */
  double[][] refine(FittedCurvature curvature, Damping damping, double[][] gradients);
}
