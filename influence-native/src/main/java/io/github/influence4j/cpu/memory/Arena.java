/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/**
 * Native memory that an operation needs until it returns, handed out from large blocks that stay
 * for the next one. Contents are arbitrary.
 */
public final class Arena implements AutoCloseable {
  private static final long BLOCK = 1L << 20;

  /** A state to go back to. */
  public record Mark(int block, long used) {}

  private final MemoryBudget budget;
  private final List<NativeMemory> blocks = new ArrayList<>();
  private int current;
  private long used;

  Arena(MemoryBudget budget) {
    this.budget = budget;
  }

  /** Memory aligned to 64 bytes. */
  public long take(long bytes) {
    long size = Math.max(64, (bytes + 63) / 64 * 64);
    while (current < blocks.size() && used + size > blocks.get(current).bytes()) {
      current++;
      used = 0;
    }
    if (current == blocks.size()) {
      blocks.add(NativeMemory.unset(budget, "Work of an operation", Math.max(BLOCK, size)));
    }
    long address = blocks.get(current).address() + used;
    used += size;
    return address;
  }

  /** Memory for a C structure. */
  public Pointer place(Class<? extends Pointer> structure) {
    long bytes = Loader.sizeof(structure);
    return NativeMemory.pointer(take(bytes), bytes);
  }

  /** Copies 32-bit integers. */
  public long ints(int[] values) {
    long address = take(4L * values.length);
    block().put(address - block().address(), values);
    return address;
  }

  /** Copies doubles. */
  public long doubles(double[] values) {
    return doubles(values, 0, values.length);
  }

  /** Copies some doubles. */
  public long doubles(double[] values, int first, int count) {
    long address = take(8L * count);
    block().put(address - block().address(), values, first, count);
    return address;
  }

  /** Copies some floats. */
  public long floats(float[] values, int first, int count) {
    long address = take(4L * count);
    block().put(address - block().address(), values, first, count);
    return address;
  }

  /** Copies bytes. */
  public long bytes(byte[] values) {
    long address = take(values.length);
    block().put(address - block().address(), values, 0, values.length);
    return address;
  }

  /** The block that the last {@link #take} came from. */
  private NativeMemory block() {
    return blocks.get(current);
  }

  /** Copies memory that was taken from here to an array. */
  public void read(long address, double[] values) {
    for (NativeMemory block : blocks) {
      long offset = address - block.address();
      if (offset >= 0 && offset < block.bytes()) {
        block.get(offset, values);
        return;
      }
    }
    throw new IllegalArgumentException("No memory of this arena");
  }

  public Mark mark() {
    return new Mark(current, used);
  }

  /** Takes back everything since the mark. */
  public void release(Mark mark) {
    current = mark.block;
    used = mark.used;
    long spare = 0;
    for (int b = current + 1; b < blocks.size(); b++) {
      spare += blocks.get(b).bytes();
    }
    // What came after the mark may be of no use to what comes next.
    while (spare > budget.kept()) {
      NativeMemory last = blocks.remove(blocks.size() - 1);
      spare -= last.bytes();
      last.close();
    }
  }

  /** Takes back everything, and makes one block of many. */
  public void reset() {
    current = 0;
    used = 0;
    long total = blocks.stream().mapToLong(NativeMemory::bytes).sum();
    if (blocks.size() > 1 || total > budget.kept()) {
      close();
      if (total <= budget.kept()) {
        blocks.add(NativeMemory.unset(budget, "Work of an operation", total));
      }
    }
  }

  @Override
  public void close() {
    blocks.forEach(NativeMemory::close);
    blocks.clear();
    current = 0;
    used = 0;
  }
}
