/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.spi.CovarianceAccumulator;

/**
 * A covariance of a backend, apart from where its sums are: blocks [d, d], one after the other.
 *
 * @param <B> what its backend is known by
 */
public abstract class OwnedCovariance<B> extends BackendOwned<B> implements CovarianceAccumulator {
  private final int[] offsets;
  private long rows;

  /**
   * A covariance of no rows.
   *
   * @param backend what its backend is known by
   * @param operations the backend's lock
   * @param free frees the memory; must not refer to this object
   * @param blockOffsets first column of each block, then the dimension
   */
  protected OwnedCovariance(
      B backend, BackendOperations operations, Runnable free, int... blockOffsets) {
    super(backend, operations, "Covariance", free);
    this.offsets = blockOffsets.clone();
  }

  /**
   * The accumulator that a caller handed in, if it is ours and open.
   *
   * @param given by a caller
   * @param kind what this backend makes
   * @param backend what this backend is known by
   * @return the same
   */
  public static <T extends OwnedCovariance<?>> T of(
      CovarianceAccumulator given, Class<T> kind, Object backend) {
    return own(given, kind, backend, "covariance");
  }

  /**
   * Elements of the blocks before one.
   *
   * @param block its number; the number of blocks for all of them
   * @param blockOffsets first column of each block, then the dimension
   * @return their number
   */
  public static long elementsBefore(int block, int... blockOffsets) {
    long elements = 0;
    for (int b = 0; b < block; b++) {
      long dimension = (long) blockOffsets[b + 1] - blockOffsets[b];
      elements = Math.addExact(elements, Math.multiplyExact(dimension, dimension));
    }
    return elements;
  }

  /**
   * Elements of the blocks before one.
   *
   * @param block its number
   * @return their number
   */
  public final long elementsBefore(int block) {
    return elementsBefore(block, offsets);
  }

  /**
   * Number of blocks.
   *
   * @return the number
   */
  public final int blocks() {
    return offsets.length - 1;
  }

  /**
   * Where a block begins.
   *
   * @param block its number
   * @return its first column
   */
  public final int first(int block) {
    return offsets[block];
  }

  /**
   * How large a block is.
   *
   * @param block its number
   * @return its columns
   */
  public final int dimension(int block) {
    return offsets[block + 1] - offsets[block];
  }

  /**
   * Rows added so far.
   *
   * @return their number
   */
  public final long rows() {
    return rows;
  }

  /**
   * Counts rows that were added.
   *
   * @param count how many
   */
  public final void added(int count) {
    rows += count;
  }

  @Override
  public final int[] blockOffsets() {
    return offsets.clone();
  }
}
