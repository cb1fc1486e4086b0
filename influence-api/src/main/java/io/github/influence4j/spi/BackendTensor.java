/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * A dense row-major tensor in a backend's memory, owned by whoever asked for it. Belongs to the
 * backend that made it; passing it to another is an error.
 */
public interface BackendTensor extends AutoCloseable {
  /**
   * The sizes, outermost first.
   *
   * @return a copy
   */
  long[] shape();

  /**
   * Copies everything to the host.
   *
   * @return a new array in row-major order
   */
  double[] toDoubles();

  /** Frees the memory; idempotent. Any later use throws {@link IllegalStateException}. */
  @Override
  void close();
}
