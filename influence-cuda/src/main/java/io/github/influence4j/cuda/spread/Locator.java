/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.capture.TensorView;

/** Finds out on which GPU memory lies. */
public interface Locator {
  /**
   * Asks CUDA.
   *
   * @param tensor in memory of a GPU
   * @return the number of the GPU; below 0 if it is in none's memory
   */
  int gpuOf(TensorView tensor);
}
