/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.cpu.decompositions.Eigenproblem;
import io.github.influence4j.cpu.decompositions.LowRankQuery;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.rows.CpuCovariance;
import io.github.influence4j.spi.Truncation;
import org.jspecify.annotations.Nullable;

/** What operations hold of the budget beside tensors and accumulators, at most. */
final class WorkBound {
  private final Engine engine;

  WorkBound(Engine engine) {
    this.engine = engine;
  }

  /**
   * Of operations on a layer: two windows of copied rows, three of rotated rows, packed rows and
   * results, what is kept, smaller things; and what cannot be cut. An example whose rows exceed a
   * window takes more.
   */
  long bytes(int inputs, int outputs, @Nullable Truncation truncation) {
    long gradient = (long) inputs * outputs * engine.elementBytes();
    long covariance =
        2L
            * CpuCovariance.FLUSH
            * (Math.max(inputs, outputs) + KernelConstants.COLUMN_UNIT)
            * engine.elementBytes();
    long truncated =
        truncation == null
            ? 0
            : engine.threads()
                * LowRankQuery.bytes(inputs, outputs, truncation, engine.elementBytes());
    return engine.budget().cut() + Math.max(truncated, Math.max(2 * gradient, covariance));
  }

  /** Of the eigendecomposition of one matrix. */
  long eigendecompositionBytes(int dimension) {
    return engine.budget().fixed() + engine.budget().kept() + Eigenproblem.bytes(dimension);
  }
}
