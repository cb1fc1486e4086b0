/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.TensorView;
import java.util.Objects;
import org.bytedeco.cuda.cudart.cudaPointerAttributes;

/** Finds out on which of several GPUs memory lies. */
public final class MemoryLocator {
  private final DeviceContext context;
  private final cudaPointerAttributes attributes = new cudaPointerAttributes();
  private final Address pointer = new Address();

  /** Asks in the context of a device, whichever. */
  public MemoryLocator(int device) {
    this.context = DeviceContext.of(device);
  }

  /**
   * Where a tensor lies.
   *
   * @param tensor in memory of a GPU, says its lender
   * @return the number of the GPU; below 0 if it is in none's memory
   */
  public synchronized int gpuOf(TensorView tensor) {
    long address = Objects.requireNonNull(tensor.device()).address();
    return context.on(() -> LentMemory.gpuOf(attributes, pointer, address));
  }
}
