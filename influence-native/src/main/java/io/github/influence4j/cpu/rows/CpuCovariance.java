/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.support.OwnedCovariance;

/**
 * A covariance: for each block the lower triangle of the float64 master, and in float32 the sum of
 * the rows since it was last added to the master ({@code INFL_COVARIANCE_FLUSH}).
 */
public final class CpuCovariance extends OwnedCovariance<Engine> {
  /** Rows after which the float32 sum goes to the master. */
  public static final int FLUSH = KernelConstants.COVARIANCE_FLUSH;

  private static final int MIRROR = 64;

  private final NativeMemory master;
  private final NativeMemory partial;

  private CpuCovariance(Engine owner, NativeMemory master, NativeMemory partial, int... offsets) {
    super(owner, owner.operations(), closing(master, partial), offsets);
    this.master = master;
    this.partial = partial;
  }

  private static Runnable closing(NativeMemory master, NativeMemory partial) {
    return () -> {
      master.close();
      partial.close();
    };
  }

  /** A covariance of zeros. */
  public static CpuCovariance zeros(Engine owner, int... blockOffsets) {
    long elements = elementsBefore(blockOffsets.length - 1, blockOffsets);
    NativeMemory master = new NativeMemory(owner.budget(), "Covariance", 8 * elements);
    try {
      long bytes = owner.precision() == Precision.F32 ? 4 * elements : 0;
      NativeMemory partial = new NativeMemory(owner.budget(), "Covariance", bytes);
      return new CpuCovariance(owner, master, partial, blockOffsets);
    } catch (RuntimeException | Error failure) {
      master.close();
      throw failure;
    }
  }

  /** The target of an update, which must be one of ours. */
  static CpuCovariance of(CovarianceUpdate update, Engine owner) {
    return of(update.target(), CpuCovariance.class, owner);
  }

  long master(int block) {
    return master.address() + 8 * elementsBefore(block);
  }

  long partial(int block) {
    return backend().precision() == Precision.F32
        ? partial.address() + 4 * elementsBefore(block)
        : 0;
  }

  @Override
  public double[] sum(int block) {
    return backend().operations().run(() -> copy(block));
  }

  private double[] copy(int block) {
    int n = dimension(block);
    double[] out = new double[Math.multiplyExact(n, n)];
    master.get(8 * elementsBefore(block), out);
    if (backend().precision() == Precision.F32 && rows() % FLUSH != 0) {
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
}
