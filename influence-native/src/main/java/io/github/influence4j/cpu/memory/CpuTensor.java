/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.support.OwnedResource;
import java.util.List;

/** A tensor in native memory, F32 or F64. */
public final class CpuTensor implements BackendTensor {
  private final Engine owner;
  private final ElementType type;
  private final long[] shape;
  private final long elements;
  private final NativeMemory memory;
  private final OwnedResource owned;

  /** A tensor of zeros. */
  public CpuTensor(Engine owner, ElementType type, long... shape) {
    this(true, owner, type, shape);
  }

  private CpuTensor(boolean zeroed, Engine owner, ElementType type, long... shape) {
    this.owner = owner;
    this.type = type;
    this.shape = shape.clone();
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    this.elements = count;
    long bytes = Math.multiplyExact(count, type.bytes());
    this.memory =
        zeroed
            ? new NativeMemory(owner.budget(), "Tensor", bytes)
            : NativeMemory.unset(owner.budget(), "Tensor", bytes);
    this.owned = owner.own(this, "Tensor", memory);
  }

  /** A tensor in the engine's precision with arbitrary content, for what is overwritten anyway. */
  public static CpuTensor unset(Engine owner, long... shape) {
    return new CpuTensor(false, owner, owner.type(), shape);
  }

  /** Checks that a tensor is one of ours, open and of the given type. */
  public static CpuTensor of(BackendTensor tensor, Engine owner, ElementType type) {
    if (!(tensor instanceof CpuTensor ours) || ours.owner != owner) {
      throw new IllegalArgumentException("The tensor belongs to another backend");
    }
    ours.address();
    if (ours.type != type) {
      throw new IllegalArgumentException("Expected a tensor of " + type + ", got " + ours.type);
    }
    return ours;
  }

  /** Copies tensors of the engine's precision below each other. */
  public static CpuTensor concatenate(List<BackendTensor> parts, Engine owner) {
    long[] shape = parts.get(0).shape();
    shape[0] = parts.stream().mapToLong(part -> part.shape()[0]).sum();
    List<CpuTensor> sources = parts.stream().map(p -> of(p, owner, owner.type())).toList();
    CpuTensor all = unset(owner, shape);
    long target = all.address();
    for (CpuTensor source : sources) {
      long bytes = source.elements * source.type.bytes();
      Kernels.copy(target, source.address(), bytes);
      target += bytes;
    }
    return all;
  }

  public long address() {
    return memory.address();
  }

  public long size(int dimension) {
    return shape[dimension];
  }

  @Override
  public long[] shape() {
    memory.address();
    return shape.clone();
  }

  @Override
  public double[] toDoubles() {
    return owner.operations().run(this::copy);
  }

  private double[] copy() {
    double[] out = new double[Math.toIntExact(elements)];
    if (type == ElementType.F64) {
      memory.get(0, out);
      return out;
    }
    float[] floats = new float[out.length];
    memory.get(0, floats);
    for (int i = 0; i < out.length; i++) {
      out[i] = floats[i];
    }
    return out;
  }

  @Override
  public void close() {
    owned.close();
  }
}
