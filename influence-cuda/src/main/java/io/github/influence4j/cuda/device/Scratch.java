/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;

/**
 * Device memory that is used anew by each step of an operation and grows when it must, so that none
 * allocates in the long run. What a step queued on the stream is over, in the stream's order,
 * before the next one's work touches the same memory. Where memory is short, blocks that the
 * current step has not asked for are freed.
 */
public final class Scratch {
  /** What a block holds. Blocks of different names are used at the same time. */
  public enum Slot {
    RAW_ACTIVATIONS,
    RAW_GRADIENTS,
    OTHER_RAW_ACTIVATIONS,
    OTHER_RAW_GRADIENTS,
    ACTIVATIONS,
    GRADIENTS,
    ROTATED_ACTIVATIONS,
    ROTATED_GRADIENTS,
    OFFSETS,
    TARGETS,
    FORMED,
    HALF_ROTATED,
    QUERIES,
    MATRIX,
    GRAM,
    SELECTION,
    TEST_MATRIX,
    RANGE,
    CORANGE,
    PRODUCT,
    LEFT,
    RIGHT,
    OUT,
    WORKSPACE
  }

  private final DeviceHeap heap;
  private final Map<Slot, DeviceMemory> blocks = new EnumMap<>(Slot.class);
  private final EnumSet<Slot> inUse = EnumSet.noneOf(Slot.class);

  Scratch(MemoryBudget budget) {
    this.heap = new DeviceHeap(budget, this::freeSpare);
  }

  /** The heap that blocks come from, which frees spare ones when it is short. */
  public DeviceHeap heap() {
    return heap;
  }

  /** A step begins: it needs nothing that the blocks hold. */
  void begin() {
    inUse.clear();
  }

  private void freeSpare() {
    for (Slot slot : EnumSet.complementOf(inUse)) {
      DeviceMemory block = blocks.remove(slot);
      if (block != null) {
        heap.free(block);
      }
    }
  }

  /** The address of at least so many bytes, with any contents. */
  public long get(Slot slot, long bytes, MemoryUse use) {
    inUse.add(slot);
    DeviceMemory block = blocks.get(slot);
    if (block != null && block.bytes() >= bytes) {
      return block.address();
    }
    if (block != null) {
      blocks.remove(slot);
      heap.free(block);
    }
    DeviceMemory grown = heap.allocate(bytes, use);
    blocks.put(slot, grown);
    return grown.address();
  }

  /** Bytes held. */
  public long bytes() {
    return blocks.values().stream().mapToLong(DeviceMemory::bytes).sum();
  }

  /** Number of blocks held. */
  public int count() {
    return blocks.size();
  }
}
