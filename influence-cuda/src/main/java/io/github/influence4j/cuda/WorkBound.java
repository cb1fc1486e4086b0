/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.cuda.decompositions.EigenSolver;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.rows.PackedExamples;
import io.github.influence4j.cuda.scores.LowRankPreconditioner;
import io.github.influence4j.spi.Truncation;
import org.jspecify.annotations.Nullable;

/** What operations hold of the budget beside tensors and accumulators, at most. */
final class WorkBound {
  /**
   * Batches that an operation holds: a run of examples or rows, a work space as large, and as much
   * for the scores of a selection.
   */
  private static final int BATCHES = 3;

  // Of smaller things, such as the numbers of an example's rows and roundings of the above.
  private static final long REST = 64 << 10;

  private final Engine engine;
  private final PackedExamples packed;
  private final EigenSolver eigenSolver;
  private final LowRankPreconditioner lowRank;

  WorkBound(
      Engine engine,
      PackedExamples packed,
      EigenSolver eigenSolver,
      LowRankPreconditioner lowRank) {
    this.engine = engine;
    this.packed = packed;
    this.eigenSolver = eigenSolver;
    this.lowRank = lowRank;
  }

  /** Of operations on a layer; what cannot be cut is two gradients, or a truncation. */
  long bytes(int inputs, int outputs, @Nullable Truncation truncation) {
    long cut = BATCHES * engine.budget().batch() + packed.runBytes(inputs, outputs);
    long gradients = 2L * inputs * outputs * engine.elementBytes();
    long truncated = truncation == null ? 0 : lowRank.bytes(outputs, inputs, truncation);
    return fixed() + Math.max(cut + gradients, truncated);
  }

  /** Of eigendecompositions of matrices that are no larger, one at least at a time. */
  long eigendecompositionBytes(int dimension) {
    return fixed() + Math.max(engine.budget().batch(), eigenSolver.bytes(dimension, 1));
  }

  private long fixed() {
    return 2L * engine.budget().staging() + REST;
  }
}
