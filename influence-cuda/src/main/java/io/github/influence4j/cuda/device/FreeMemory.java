/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * What there is on the current device.
 *
 * @param free bytes that nobody has taken
 * @param total all bytes
 */
public record FreeMemory(long free, long total) {
  /** Asks the device. */
  public static FreeMemory ask() {
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      CudaException.check(cudart.cudaMemGetInfo(free, total), "cudaMemGetInfo");
      return new FreeMemory(free.get(), total.get());
    }
  }

  /**
   * What a backend may take where its user says nothing: four fifths. The rest is for what is not
   * counted: handles of libraries, modules, unfolded inputs.
   */
  public long budget() {
    return free / 5 * 4;
  }
}
