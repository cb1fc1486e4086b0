/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.support.OwnedTensor;
import java.util.List;

/** A tensor in native memory, F32 or F64. */
public final class CpuTensor extends OwnedTensor<Engine> {
  private final NativeMemory memory;

  private CpuTensor(Engine owner, NativeMemory memory, ElementType type, long... shape) {
    super(owner, owner.operations(), memory::close, type, shape);
    this.memory = memory;
  }

  /** A tensor of zeros. */
  public static CpuTensor zeros(Engine owner, ElementType type, long... shape) {
    NativeMemory memory = new NativeMemory(owner.budget(), "Tensor", bytes(type, shape));
    return new CpuTensor(owner, memory, type, shape);
  }

  /** A tensor in the engine's precision with arbitrary content, for what is overwritten anyway. */
  public static CpuTensor unset(Engine owner, long... shape) {
    NativeMemory memory = NativeMemory.unset(owner.budget(), "Tensor", bytes(owner.type(), shape));
    return new CpuTensor(owner, memory, owner.type(), shape);
  }

  /** Checks that a tensor is one of ours, open and of the given type. */
  public static CpuTensor of(BackendTensor tensor, Engine owner, ElementType type) {
    CpuTensor ours = of(tensor, CpuTensor.class, owner);
    if (ours.type() != type) {
      throw new IllegalArgumentException("Expected a tensor of " + type + ", got " + ours.type());
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
      long bytes = source.bytes();
      Kernels.copy(target, source.address(), bytes);
      target += bytes;
    }
    return all;
  }

  public long address() {
    return memory.address();
  }

  /** Writes all elements, rounded where the precision asks for it. */
  public void put(double[] values) {
    if (type() == ElementType.F64) {
      memory.put(0, values, 0, values.length);
      return;
    }
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    memory.put(0, rounded, 0, rounded.length);
  }

  @Override
  public double[] toDoubles() {
    return backend().operations().run(this::copy);
  }

  private double[] copy() {
    double[] out = new double[Math.toIntExact(elements())];
    if (type() == ElementType.F64) {
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
}
