/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The Hessian and its inverse, layer by layer: identity, diagonal, K-FAC and EK-FAC. Start at
 * {@link io.github.influence4j.curvature.HessianApproximation}; {@link
 * io.github.influence4j.curvature.CurvatureFitter} makes one from captured gradients.
 */
@NullMarked
package io.github.influence4j.curvature;

import org.jspecify.annotations.NullMarked;
