/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.bytedeco.cuda.global.cudart;

/**
 * Device memory of one backend: every block is known until it is freed, and counted if its use is.
 * Guarded by the engine.
 */
public final class DeviceHeap {
  private final Set<DeviceMemory> live = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Address slot = new Address();
  private final MemoryBudget budget;

  /** Frees what is kept for later only. */
  private final Runnable spare;

  DeviceHeap(MemoryBudget budget, Runnable spare) {
    this.budget = budget;
    this.spare = spare;
  }

  /**
   * Allocates.
   *
   * @param bytes at least 0
   * @param use what for, and how to need less
   * @return uninitialised memory, aligned to 256 bytes
   */
  public DeviceMemory allocate(long bytes, MemoryUse use) {
    long counted = use.counted() ? bytes : 0;
    if (counted > budget.free()) {
      spare.run();
    }
    budget.take(counted, use);
    try {
      DeviceMemory memory = new DeviceMemory(allocated(bytes, use), bytes, counted);
      live.add(memory);
      return memory;
    } catch (RuntimeException e) {
      budget.give(counted);
      throw e;
    }
  }

  private long allocated(long bytes, MemoryUse use) {
    int code = malloc(bytes);
    if (code == cudart.cudaErrorMemoryAllocation) {
      spare.run();
      code = malloc(bytes);
    }
    if (code == cudart.cudaErrorMemoryAllocation) {
      throw CudaException.of("cudaMalloc", code, outOfMemory(bytes, use));
    }
    CudaException.check(code, "cudaMalloc");
    return slot.address();
  }

  private int malloc(long bytes) {
    int code = cudart.cudaMalloc(slot.at(0), Math.max(1, bytes));
    if (code == cudart.cudaErrorMemoryAllocation) {
      // The runtime remembers the error; the next kernel launch would report it as its own.
      cudart.cudaGetLastError();
    }
    return code;
  }

  private String outOfMemory(long bytes, MemoryUse use) {
    return "out of memory; "
        + use.what()
        + " needs "
        + bytes
        + " bytes of the GPU, "
        + state()
        + "; lower Influence.builder().maxMemory, "
        + use.remedy()
        + ".";
  }

  private static String state() {
    try {
      FreeMemory memory = FreeMemory.ask();
      return memory.free() + " of " + memory.total() + " are free";
    } catch (CudaException e) {
      return "how much is free is not known";
    }
  }

  /** Frees; what is free already stays so. */
  public void free(DeviceMemory memory) {
    if (live.remove(memory)) {
      budget.give(memory.counted());
      CudaException.check(cudart.cudaFree(slot.at(memory.release())), "cudaFree");
    }
  }

  /** Blocks not freed yet. */
  public int blocks() {
    return live.size();
  }

  /** Bytes not freed yet. */
  public long bytes() {
    return live.stream().mapToLong(DeviceMemory::bytes).sum();
  }

  /** Frees everything. */
  public void close(Releases releases) {
    for (DeviceMemory memory : List.copyOf(live)) {
      releases.run(() -> free(memory));
    }
  }
}
