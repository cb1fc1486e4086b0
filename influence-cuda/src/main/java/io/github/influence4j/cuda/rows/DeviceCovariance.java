/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceMemory;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.support.OwnedCovariance;

/** Block-diagonal sums in device memory: a float64 master and a partial sum of the latest rows. */
public final class DeviceCovariance extends OwnedCovariance<Engine> {
  private final DeviceMemory master;
  private final DeviceMemory partial;

  private DeviceCovariance(
      Engine engine, DeviceMemory master, DeviceMemory partial, int... offsets) {
    super(engine, engine.operations(), engine.freeing(master, partial), offsets);
    this.master = master;
    this.partial = partial;
  }

  /** A covariance of zeros; under the engine's lock. */
  public static DeviceCovariance zeros(Engine engine, int... offsets) {
    long elements = elementsBefore(offsets.length - 1, offsets);
    DeviceMemory master = engine.zeros(8 * elements, MemoryUse.COVARIANCE);
    try {
      DeviceMemory partial = engine.zeros(engine.elementBytes() * elements, MemoryUse.COVARIANCE);
      return new DeviceCovariance(engine, master, partial, offsets);
    } catch (RuntimeException e) {
      engine.discard(master, e);
      throw e;
    }
  }

  /** The accumulator that a caller handed in. */
  static DeviceCovariance of(CovarianceAccumulator accumulator, Engine engine) {
    return of(accumulator, DeviceCovariance.class, engine);
  }

  long master(int block) {
    return master.address() + 8 * elementsBefore(block);
  }

  long partial(int block) {
    return partial.address() + backend().elementBytes() * elementsBefore(block);
  }

  /** What kernels call the way of computing. */
  public int path() {
    return backend().covariancePath();
  }

  @Override
  public double[] sum(int block) {
    requireOpen();
    return backend()
        .locked(
            () -> {
              requireOpen();
              int d = dimension(block);
              long out = backend().scratch(Scratch.Slot.FORMED, 8L * d * d, MemoryUse.EIGEN);
              CudaException.check(
                  Kernels.covarianceSum(
                      master(block), partial(block), path(), d, out, backend().stream()),
                  "infl_cuda_covariance_sum");
              return Transfers.doubles(
                  backend().staging(), out, ElementType.F64, Math.multiplyExact(d, d));
            });
  }
}
