/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * Rows to add to an accumulator.
 *
 * @param rows the rows; their dimension is the accumulator's
 * @param target where to add them
 */
public record CovarianceUpdate(Rows rows, CovarianceAccumulator target) {}
