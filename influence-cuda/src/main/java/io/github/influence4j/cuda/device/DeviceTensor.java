/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.support.OwnedResource;
import java.util.Arrays;

/** A tensor in device memory. */
public final class DeviceTensor implements BackendTensor {
  private final CudaContext context;
  private final ElementType type;
  private final long[] shape;
  private final DeviceMemory memory;
  private final OwnedResource owned;

  private DeviceTensor(CudaContext context, ElementType type, long[] shape, DeviceMemory memory) {
    this.context = context;
    this.type = type;
    this.shape = shape.clone();
    this.memory = memory;
    this.owned = context.own(this, "Tensor", memory);
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
    if (tensor instanceof DeviceTensor own && own.context == context) {
      own.requireOpen();
      return own;
    }
    throw new IllegalArgumentException(
        "The tensor belongs to another backend; use tensors with the backend that made them.");
  }

  private static long bytes(ElementType type, long[] shape) {
    return Math.multiplyExact(
        Arrays.stream(shape).reduce(1, Math::multiplyExact), (long) type.bytes());
  }

  public long address() {
    return memory.address();
  }

  public ElementType type() {
    return type;
  }

  public long size(int dimension) {
    return shape[dimension];
  }

  public long elements() {
    return memory.bytes() / type.bytes();
  }

  public long bytes() {
    return memory.bytes();
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public double[] toDoubles() {
    requireOpen();
    return context.locked(
        () -> {
          requireOpen();
          return Transfers.doubles(context.staging(), address(), type, Math.toIntExact(elements()));
        });
  }

  private void requireOpen() {
    if (memory.freed()) {
      throw new IllegalStateException("BackendTensor already closed");
    }
  }

  /** Frees after a failure, which stays the one that is thrown; under the context's lock. */
  public void discard(RuntimeException cause) {
    context.discard(memory, cause);
  }

  @Override
  public void close() {
    owned.close();
  }
}
