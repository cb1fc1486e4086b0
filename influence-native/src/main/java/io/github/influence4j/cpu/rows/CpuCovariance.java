/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Precision;
import io.github.influence4j.spi.support.OwnedResource;

/**
 * A covariance: for each block the lower triangle of the float64 master, and in float32 the sum of
 * the rows since it was last added to the master ({@code INFL_COVARIANCE_FLUSH}).
 */
public final class CpuCovariance implements CovarianceAccumulator {
  /** Rows after which the float32 sum goes to the master. */
  public static final int FLUSH = KernelConstants.COVARIANCE_FLUSH;

  private static final int MIRROR = 64;

  private final Engine owner;
  private final int[] blockOffsets;
  private final NativeMemory master;
  private final NativeMemory partial;
  private final OwnedResource owned;
  private long counted;

  public CpuCovariance(Engine owner, int... blockOffsets) {
    this.owner = owner;
    this.blockOffsets = blockOffsets.clone();
    long elements = elementsBefore(blocks());
    this.master = new NativeMemory(owner.budget(), "Covariance", 8 * elements);
    try {
      this.partial =
          new NativeMemory(
              owner.budget(), "Covariance", owner.precision() == Precision.F32 ? 4 * elements : 0);
    } catch (RuntimeException | Error failure) {
      master.close();
      throw failure;
    }
    this.owned = owner.own(this, "Covariance", master, partial);
  }

  /** The target of an update, which must be one of ours. */
  public static CpuCovariance of(CovarianceUpdate update, Engine owner) {
    if (!(update.target() instanceof CpuCovariance ours) || ours.owner != owner) {
      throw new IllegalArgumentException("The covariance belongs to another backend");
    }
    ours.master.address();
    return ours;
  }

  public int blocks() {
    return blockOffsets.length - 1;
  }

  public int first(int block) {
    return blockOffsets[block];
  }

  public int dimension(int block) {
    return blockOffsets[block + 1] - blockOffsets[block];
  }

  long master(int block) {
    return master.address() + 8 * elementsBefore(block);
  }

  long partial(int block) {
    return owner.precision() == Precision.F32 ? partial.address() + 4 * elementsBefore(block) : 0;
  }

  /** Rows added so far. */
  long counted() {
    return counted;
  }

  public void count(int rows) {
    counted += rows;
  }

  private long elementsBefore(int block) {
    long elements = 0;
    for (int b = 0; b < block; b++) {
      elements += (long) dimension(b) * dimension(b);
    }
    return elements;
  }

  @Override
  public int[] blockOffsets() {
    return blockOffsets.clone();
  }

  @Override
  public double[] sum(int block) {
    return owner.operations().run(() -> copy(block));
  }

  private double[] copy(int block) {
    int n = dimension(block);
    double[] out = new double[Math.multiplyExact(n, n)];
    master.get(8 * elementsBefore(block), out);
    if (owner.precision() == Precision.F32 && counted % FLUSH != 0) {
      float[] row = new float[n];
      for (int i = 0; i < n; i++) {
        partial.get(4 * (elementsBefore(block) + (long) i * n), row);
        for (int j = 0; j <= i; j++) {
          out[i * n + j] += row[j];
        }
      }
    }
    mirror(out, n);
    return out;
  }

  /** Copies the lower triangle to the upper one, in blocks that stay in the cache. */
  private static void mirror(double[] matrix, int n) {
    for (int ib = 0; ib < n; ib += MIRROR) {
      for (int jb = 0; jb <= ib; jb += MIRROR) {
        for (int i = ib; i < Math.min(n, ib + MIRROR); i++) {
          for (int j = jb; j < Math.min(i, jb + MIRROR); j++) {
            matrix[j * n + i] = matrix[i * n + j];
          }
        }
      }
    }
  }

  @Override
  public void close() {
    owned.close();
  }
}
