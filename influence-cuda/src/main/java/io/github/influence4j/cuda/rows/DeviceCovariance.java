/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.CudaContext;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceMemory;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.support.OwnedResource;

/** Block-diagonal sums in device memory: a float64 master and a partial sum of the latest rows. */
public final class DeviceCovariance implements CovarianceAccumulator {
  private final CudaContext context;
  private final int[] offsets;
  private final long[] starts;
  private final DeviceMemory master;
  private final DeviceMemory partial;
  private final OwnedResource owned;
  private long rows;

  /** Allocates; under the context's lock. */
  public DeviceCovariance(CudaContext context, int[] offsets) {
    this.context = context;
    this.offsets = offsets.clone();
    this.starts = new long[offsets.length];
    for (int b = 0; b + 1 < offsets.length; b++) {
      long d = (long) offsets[b + 1] - offsets[b];
      starts[b + 1] = starts[b] + Math.multiplyExact(d, d);
    }
    long elements = starts[offsets.length - 1];
    master = context.zeros(8 * elements, MemoryUse.COVARIANCE);
    try {
      partial = context.zeros(context.elementBytes() * elements, MemoryUse.COVARIANCE);
    } catch (RuntimeException e) {
      context.discard(master, e);
      throw e;
    }
    owned = context.own(this, "Covariance", master, partial);
  }

  public static DeviceCovariance of(CovarianceAccumulator accumulator, CudaContext context) {
    if (accumulator instanceof DeviceCovariance own && own.context == context) {
      own.requireOpen();
      return own;
    }
    throw new IllegalArgumentException(
        "The accumulator belongs to another backend; use it with the backend that made it.");
  }

  public int blocks() {
    return offsets.length - 1;
  }

  public int first(int block) {
    return offsets[block];
  }

  public int dimension(int block) {
    return offsets[block + 1] - offsets[block];
  }

  long master(int block) {
    return master.address() + 8 * starts[block];
  }

  long partial(int block) {
    return partial.address() + context.elementBytes() * starts[block];
  }

  /** Rows accumulated so far. */
  public long rows() {
    return rows;
  }

  void added(int count) {
    rows += count;
  }

  /** What kernels call the way of computing. */
  public int path() {
    return context.covariancePath();
  }

  @Override
  public int[] blockOffsets() {
    return offsets.clone();
  }

  @Override
  public double[] sum(int block) {
    requireOpen();
    return context.locked(
        () -> {
          requireOpen();
          int d = dimension(block);
          long out = context.scratch(Scratch.Slot.FORMED, 8L * d * d, MemoryUse.EIGEN);
          CudaException.check(
              Kernels.covarianceSum(
                  master(block), partial(block), path(), d, out, context.stream()),
              "infl_cuda_covariance_sum");
          return Transfers.doubles(
              context.staging(), out, ElementType.F64, Math.multiplyExact(d, d));
        });
  }

  private void requireOpen() {
    if (master.freed()) {
      throw new IllegalStateException("CovarianceAccumulator already closed");
    }
  }

  @Override
  public void close() {
    owned.close();
  }
}
