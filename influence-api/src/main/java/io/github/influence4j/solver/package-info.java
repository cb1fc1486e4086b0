/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Inverse-Hessian-vector products that are more accurate than EK-FAC's, by solving {@code (G + λI)
 * x = v} with products of the exact Gauss-Newton Hessian. Start at {@link
 * io.github.influence4j.solver.GaussNewtonOperator}, which a model gives; {@link
 * io.github.influence4j.solver.IterativeSolver} is what solves.
 */
@NullMarked
package io.github.influence4j.solver;

import org.jspecify.annotations.NullMarked;
