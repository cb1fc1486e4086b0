/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

/**
 * How one right-hand side was solved.
 *
 * @param converged whether the residual is the tolerance asked for or less, within a factor of 2
 *     (the solver saw it without the product made for this report); false where none was asked for
 * @param residual {@code ‖v − (G + λI) x‖ / ‖v‖}, of a product made for this report; 0 where v is 0
 * @param iterations steps that it took part in
 * @param products how often it was multiplied by G, a mini-batch counting as the share of the
 *     examples that it holds; without the product for the residual
 */
public record SolveReport(boolean converged, double residual, long iterations, double products) {}
