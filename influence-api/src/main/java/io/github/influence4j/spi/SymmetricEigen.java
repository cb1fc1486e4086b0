/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * {@code C = Q diag(λ) Qᵀ}.
 *
 * @param dimension n
 * @param values n eigenvalues, ascending, not clamped
 * @param vectors n×n row-major; column j is the eigenvector of {@code values[j]}
 */
public record SymmetricEigen(int dimension, double[] values, double[] vectors) {}
