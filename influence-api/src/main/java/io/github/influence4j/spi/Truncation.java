/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * How preconditioned queries are truncated.
 *
 * @param rank r, below min(P, M) of the layer it is applied to
 * @param randomised true for a randomised decomposition (Halko et al. 2011; oversampling 8 or more,
 *     two power iterations, each iterate orthonormalised or otherwise well conditioned), false for
 *     a full one
 * @param seed of the randomised decomposition's test matrix, which depends on nothing else but its
 *     shape
 */
public record Truncation(int rank, boolean randomised, long seed) {}
