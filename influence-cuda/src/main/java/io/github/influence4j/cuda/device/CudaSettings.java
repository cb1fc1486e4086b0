/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/** The system properties that this module reads. */
public final class CudaSettings {
  /** {@code influence4j.cuda.device}: number of the GPU to use; 0 by default. */
  public static final String DEVICE = "influence4j.cuda.device";

  /**
   * {@code influence4j.cuda.kernels}: path of a {@code libinfluence_cuda.so} to use in place of the
   * one in the jar, for example one compiled for another architecture.
   */
  public static final String KERNELS = "influence4j.cuda.kernels";

  private CudaSettings() {}

  public static int device() {
    String value = System.getProperty(DEVICE, "0");
    try {
      return Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          DEVICE + " must be the number of a GPU, got \"" + value + "\"", e);
    }
  }
}
