/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The system properties that this module reads. */
public final class CudaSettings {
  /**
   * {@code influence4j.cuda.device}: number of the GPU to use, or numbers with commas between them
   * of several that are used together; 0 by default.
   */
  public static final String DEVICE = "influence4j.cuda.device";

  /**
   * {@code influence4j.cuda.kernels}: path of a {@code libinfluence_cuda.so} to use in place of the
   * one in the jar, for example one compiled for another architecture.
   */
  public static final String KERNELS = "influence4j.cuda.kernels";

  private CudaSettings() {}

  /**
   * The GPUs to use.
   *
   * @return at least one number, none twice
   */
  public static List<Integer> devices() {
    String value = System.getProperty(DEVICE, "0");
    try {
      List<Integer> devices =
          Arrays.stream(value.split(",", -1)).map(String::strip).map(Integer::valueOf).toList();
      if (Set.copyOf(devices).size() == devices.size()) {
        return devices;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          DEVICE
              + " must be the number of a GPU, or several with commas between them, got \""
              + value
              + "\"",
          e);
    }
    throw new IllegalArgumentException(DEVICE + " names a GPU twice, got \"" + value + "\"");
  }
}
