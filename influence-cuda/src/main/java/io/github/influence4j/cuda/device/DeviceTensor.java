/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.support.OwnedTensor;

/** A tensor in device memory. */
public final class DeviceTensor extends OwnedTensor<CudaContext> {
  private final DeviceMemory memory;

  private DeviceTensor(CudaContext context, ElementType type, long[] shape, DeviceMemory memory) {
    super(context, context.operations(), context.freeing(memory), type, shape);
    this.memory = memory;
  }

  /** A tensor of zeros; under the context's lock. */
  public static DeviceTensor zeros(CudaContext context, ElementType type, long... shape) {
    long bytes = bytes(type, shape);
    return new DeviceTensor(context, type, shape, context.zeros(bytes, MemoryUse.TENSOR));
  }

  /** A tensor with any contents, for an operation that writes all of it. */
  public static DeviceTensor uninitialised(CudaContext context, ElementType type, long... shape) {
    long bytes = bytes(type, shape);
    return new DeviceTensor(context, type, shape, context.heap().allocate(bytes, MemoryUse.TENSOR));
  }

  /** The device tensor that a caller handed in. */
  public static DeviceTensor of(BackendTensor tensor, CudaContext context) {
    return of(tensor, DeviceTensor.class, context);
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

  /** Frees after a failure, which stays the one that is thrown; under the context's lock. */
  public void discard(RuntimeException cause) {
    backend().discard(memory, cause);
  }
}
