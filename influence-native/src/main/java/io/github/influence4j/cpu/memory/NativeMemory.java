/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/** A block of native memory, aligned to 64 bytes. Guarded by the backend's lock. */
public final class NativeMemory implements AutoCloseable {
  private final MemoryBudget budget;
  private final String name;
  private final long bytes;
  private volatile long address;

  /**
   * Allocates zeros.
   *
   * @param budget counts the bytes
   * @param name what to call it in errors, such as {@code Tensor}
   * @param bytes the size
   */
  public NativeMemory(MemoryBudget budget, String name, long bytes) {
    this(budget, name, bytes, true);
  }

  private NativeMemory(MemoryBudget budget, String name, long bytes, boolean zeroed) {
    this.budget = budget;
    this.name = name;
    this.bytes = bytes;
    budget.take(name, bytes);
    this.address = Kernels.allocate(bytes, zeroed ? 1 : 0);
    if (address == 0) {
      budget.give(bytes);
      throw new OutOfMemoryError("No " + bytes + " bytes of native memory for a " + name);
    }
  }

  /** Allocates memory with arbitrary content, for what is overwritten anyway. */
  public static NativeMemory unset(MemoryBudget budget, String name, long bytes) {
    return new NativeMemory(budget, name, bytes, false);
  }

  public long bytes() {
    return bytes;
  }

  /** Where it begins; throws once it is closed. */
  public long address() {
    if (address == 0) {
      throw new IllegalStateException(name + " already closed");
    }
    return address;
  }

  public void put(long offset, byte[] values, int first, int count) {
    new BytePointer(at(offset)).put(values, first, count);
  }

  public void put(long offset, float[] values, int first, int count) {
    new FloatPointer(at(offset)).put(values, first, count);
  }

  public void put(long offset, double[] values, int first, int count) {
    new DoublePointer(at(offset)).put(values, first, count);
  }

  public void put(long offset, int[] values) {
    new IntPointer(at(offset)).put(values, 0, values.length);
  }

  public void get(long offset, float[] values) {
    new FloatPointer(at(offset)).get(values, 0, values.length);
  }

  public void get(long offset, double[] values) {
    new DoublePointer(at(offset)).get(values, 0, values.length);
  }

  /** This memory as doubles, for the LAPACK binding. */
  public DoublePointer doubles(long offset) {
    return new DoublePointer(at(offset));
  }

  /** Memory that somebody else keeps alive. */
  static Pointer pointer(long address, long bytes) {
    return new Block(address, bytes);
  }

  /** Memory that somebody else keeps alive, as doubles. */
  public static DoublePointer doubles(long address, long count) {
    return new DoublePointer(pointer(address, 8 * count));
  }

  private Pointer at(long offset) {
    return new Block(address() + offset, bytes - offset);
  }

  @Override
  public void close() {
    if (address != 0) {
      Kernels.free(address);
      address = 0;
      budget.give(bytes);
    }
  }

  /** A JavaCPP pointer to memory that it does not own. */
  private static final class Block extends Pointer {
    Block(long address, long bytes) {
      this.address = address;
      this.limit = bytes;
      this.capacity = bytes;
    }

    @Override
    public int sizeof() {
      return 1;
    }
  }
}
