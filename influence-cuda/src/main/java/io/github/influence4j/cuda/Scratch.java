/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import java.util.EnumMap;
import java.util.Map;

/**
 * Device memory that is used anew by each operation and grows when it must, so that none allocates
 * in the long run. What an operation queued on the stream is over, in the stream's order, before
 * the next one's work touches the same memory.
 */
final class Scratch {
  /** What a block holds. Blocks of different names are used at the same time. */
  enum Slot {
    RAW_ACTIVATIONS,
    RAW_GRADIENTS,
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
    LAYER,
    WORKSPACE
  }

  private final DeviceHeap heap;
  private final Map<Slot, DeviceMemory> blocks = new EnumMap<>(Slot.class);

  Scratch(DeviceHeap heap) {
    this.heap = heap;
  }

  /** The address of at least so many bytes, with any contents. */
  long get(Slot slot, long bytes, MemoryUse use) {
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
  long bytes() {
    return blocks.values().stream().mapToLong(DeviceMemory::bytes).sum();
  }

  /** Number of blocks held. */
  int count() {
    return blocks.size();
  }
}
