/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rows;
import java.util.IdentityHashMap;

/** Rows of a batch on the host: memory that several groups or layers lie in is copied once. */
public final class HostViews {
  private final ComputeBackend backend;
  private final IdentityHashMap<TensorView, TensorView> views = new IdentityHashMap<>();

  /**
   * Of one batch.
   *
   * @param backend brings memory to the host
   */
  public HostViews(ComputeBackend backend) {
    this.backend = backend;
  }

  /**
   * Rows that the host can read.
   *
   * @param rows of the batch
   * @return the same rows
   */
  public Rows of(Rows rows) {
    return rows.withData(views.computeIfAbsent(rows.data(), backend::toHost));
  }
}
