/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.compute.TensorCores;

/**
 * A running block-diagonal sum of outer products, {@code C_b += Σ_rows x_b x_bᵀ}, kept in float64.
 * One block is the full covariance. The sum is the same, bit for bit, however a sequence of rows is
 * cut into calls of {@link ComputeBackend#accumulateCovariances}; with {@link TensorCores}, however
 * it is cut at multiples of 16 rows.
 */
public interface CovarianceAccumulator extends AutoCloseable {
  /**
   * First column of each block, and the dimension as the last entry.
   *
   * @return blocks+1 ascending numbers, first 0
   */
  int[] blockOffsets();

  /**
   * Reads one block.
   *
   * @param block below the number of blocks
   * @return the sum over all rows so far, both triangles, row-major
   */
  double[] sum(int block);

  /** Frees the memory; idempotent. */
  @Override
  void close();
}
