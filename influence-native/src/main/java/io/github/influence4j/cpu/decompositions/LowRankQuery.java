/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.decompositions.ThinMatrix.LeftSide;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.cpu.memory.Tasks;
import io.github.influence4j.cpu.memory.Tile;
import io.github.influence4j.cpu.rows.Rotator;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.support.TestMatrix;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/** The truncated decomposition D ≈ L Rᵀ of one query after the other, in the same memory. */
public final class LowRankQuery {
  /**
   * The share of ‖D‖² below which a residual is computed from D − L Rᵀ, being so many units in the
   * last place: the difference of two norms that are rounded sums would hold too few digits.
   */
  private static final double UNRELIABLE_ULPS = 0x1p13;

  private final Engine engine;
  private final LeftSide d;
  private final ThinMatrix left;
  private final ThinMatrix right;
  private final TruncatedSvd method;
  private final long product;
  private final long leftMatrix;
  private final long rightMatrix;
  private final long sums;

  /**
   * Takes memory from the engine's arena.
   *
   * @param engine the engine
   * @param outputs rows of D
   * @param inputs columns of D
   * @param rank columns of L and R
   * @param test the test matrix of a randomised decomposition, or null for a full one
   */
  public LowRankQuery(Engine engine, int outputs, int inputs, int rank, @Nullable ThinMatrix test) {
    this.engine = engine;
    long scaled = engine.arena().take((long) outputs * inputs * engine.elementBytes());
    this.d = LeftSide.dense(scaled, outputs, inputs);
    this.left = ThinMatrix.zeros(engine, engine.type(), outputs, rank);
    this.right = ThinMatrix.zeros(engine, engine.type(), inputs, rank);
    this.method =
        test == null
            ? new FullDecomposition(engine, d, left, right)
            : new RangeFinder(engine, d, test, left, right);
    this.product = engine.product(left.matrix(), false, right.matrix(), false, rank);
    this.leftMatrix = engine.matrix(left.matrix());
    this.rightMatrix = engine.matrix(right.matrix());
    this.sums = engine.arena().take(16);
  }

  /** An upper bound of the memory that a thread takes for its queries. */
  public static long bytes(int inputs, int outputs, Truncation truncation, int elementBytes) {
    long elements = (long) inputs * outputs;
    long sides = (long) inputs + outputs;
    // Rows of thin matrices are padded; a randomised decomposition has five of each side or less.
    long width = (long) truncation.rank() + TestMatrix.OVERSAMPLING + KernelConstants.THIN_UNIT;
    long thin = Double.BYTES * 6 * width * (sides + width);
    long full = Double.BYTES * (elements + sides * Math.min(inputs, outputs));
    return elements * elementBytes + thin + (truncation.randomised() ? 0 : full);
  }

  /** Decomposes D = weights ∘ gradient; returns ‖D − L Rᵀ‖ / ‖D‖, 0 where D is 0. */
  public double truncate(Tasks tasks, long gradient, long weights) {
    long count = (long) d.rows() * d.columns();
    NativeException.check(
        Kernels.hadamard(engine.kernels(), gradient, weights, d.data(), count), "infl_hadamard");
    NativeException.check(
        Kernels.sumSquares(engine.kernels(), d.data(), count, sums), "infl_sum_squares");
    double all = NativeMemory.doubles(sums, 2).get(0);
    if (!Double.isFinite(all)) {
      throw new ArithmeticException(
          "a preconditioned query has the norm "
              + Math.sqrt(all)
              + "; the data overflow, scale the loss down.");
    }
    double kept = method.truncate(tasks);
    if (all == 0) {
      return 0;
    }
    double ulp = engine.type() == ElementType.F64 ? 0x1p-53 : 0x1p-24;
    double share = 1 - kept / all;
    return Math.sqrt(share >= UNRELIABLE_ULPS * ulp ? share : difference(tasks) / all);
  }

  /** ‖D − L Rᵀ‖². */
  private double difference(Tasks tasks) {
    DoublePointer values = NativeMemory.doubles(sums, 2);
    values.put(0, 0);
    tasks.run(1, (index, workspace) -> difference(workspace));
    return values.get(0);
  }

  private void difference(long workspace) {
    for (Tile tile :
        Tile.cut(
            d.rows(),
            d.columns(),
            KernelConstants.MAX_TILE_ROWS,
            KernelConstants.MAX_TILE_COLUMNS,
            1)) {
      NativeException.check(
          Kernels.residualTile(
              engine.kernels(),
              product,
              tile.row(),
              tile.rows(),
              tile.column(),
              tile.columns(),
              d.data(),
              d.columns(),
              sums,
              workspace),
          "infl_residual_tile");
    }
  }

  /** Writes Q_S L. */
  public void writeLeft(Tasks tasks, Rotator.Block[] blocks, long out) {
    rotate(tasks, left, leftMatrix, blocks, out);
  }

  /** Writes Q_A R. */
  public void writeRight(Tasks tasks, Rotator.Block[] blocks, long out) {
    rotate(tasks, right, rightMatrix, blocks, out);
  }

  private void rotate(
      Tasks tasks, ThinMatrix factor, long matrix, Rotator.Block[] blocks, long out) {
    int rank = factor.width();
    if (blocks.length == 0) {
      NativeException.check(
          Kernels.convert(engine.kernels(), matrix, 0, factor.rows(), rank, out, rank),
          "infl_convert");
    }
    for (Rotator.Block block : blocks) {
      long target = out + (long) block.first() * rank * engine.elementBytes();
      LeftSide vectors = LeftSide.dense(block.vectors().data(), block.size(), block.size());
      factor.multiply(engine, tasks, vectors, block.first(), target, rank);
    }
  }
}
