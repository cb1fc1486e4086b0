/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.support.OwnedTensor;

/** A tensor in device memory. */
public final class DeviceTensor extends OwnedTensor<Engine> {
  private final DeviceMemory memory;

  private DeviceTensor(Engine engine, ElementType type, long[] shape, DeviceMemory memory) {
    super(engine, engine.operations(), engine.freeing(memory), type, shape);
    this.memory = memory;
  }

  /** A tensor of zeros; under the engine's lock. */
  public static DeviceTensor zeros(Engine engine, ElementType type, long... shape) {
    long bytes = bytes(type, shape);
    return new DeviceTensor(engine, type, shape, engine.zeros(bytes, MemoryUse.TENSOR));
  }

  /** A tensor with any contents, for an operation that writes all of it. */
  public static DeviceTensor uninitialised(Engine engine, ElementType type, long... shape) {
    long bytes = bytes(type, shape);
    return new DeviceTensor(engine, type, shape, engine.heap().allocate(bytes, MemoryUse.TENSOR));
  }

  /** The device tensor that a caller handed in. */
  public static DeviceTensor of(BackendTensor tensor, Engine engine) {
    return of(tensor, DeviceTensor.class, engine);
  }

  public long address() {
    return memory.address();
  }

  @Override
  public double[] toDoubles() {
    requireOpen();
    return backend()
        .locked(
            () -> {
              requireOpen();
              return Transfers.doubles(
                  backend().staging(), address(), type(), Math.toIntExact(elements()));
            });
  }

  /** Frees after a failure, which stays the one that is thrown; under the engine's lock. */
  public void discard(RuntimeException cause) {
    backend().discard(memory, cause);
  }
}
