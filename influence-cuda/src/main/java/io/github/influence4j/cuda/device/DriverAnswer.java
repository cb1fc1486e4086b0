/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the CUDA driver said.
 *
 * @param problem why no device can be used, null if one can
 * @param absent whether there is no driver or no device at all
 * @param device its name and architecture, such as {@code NVIDIA H100, sm_90}
 * @param version of CUDA that the driver supports, such as 13000
 */
public record DriverAnswer(@Nullable String problem, boolean absent, String device, int version) {
  private static final int NEEDED_VERSION = 13000;

  /**
   * Asks.
   *
   * @param library file name of the driver, or a path
   * @param number the device to use
   */
  public static DriverAnswer of(String library, int number) {
    int[] numbers = new int[4];
    byte[] text = new byte[CudaDriver.TEXT_LENGTH];
    int code = CudaDriver.probe(library, number, numbers, text);
    String problem = problem(library, number, code, numbers, text(text));
    boolean absent =
        code == CudaDriver.NOT_LOADED || code == CudaDriver.NO_DEVICE || numbers[1] == 0;
    String device = text(text) + ", sm_" + numbers[2] + numbers[3];
    return new DriverAnswer(problem, absent, device, numbers[0]);
  }

  private static @Nullable String problem(
      String library, int number, int code, int[] numbers, String text) {
    String file = library.substring(library.lastIndexOf('/') + 1);
    if (code == CudaDriver.NOT_LOADED) {
      return "no NVIDIA driver (" + text + "); install driver R580 or newer";
    }
    if (code == CudaDriver.NO_SYMBOL) {
      return file + " is not a CUDA driver (it has no " + text + "); install driver R580 or newer";
    }
    if (code == CudaDriver.NO_DEVICE || (code == 0 && numbers[1] == 0)) {
      return "a driver for CUDA " + version(numbers[0]) + ", but no CUDA device; check nvidia-smi";
    }
    if (code != 0) {
      return "the CUDA driver reports error " + code + ": " + text + "; check nvidia-smi";
    }
    if (numbers[0] < NEEDED_VERSION) {
      return "the driver supports CUDA "
          + version(numbers[0])
          + " only, 13.0 is needed; install driver R580 or newer";
    }
    if (number < 0 || number >= numbers[1]) {
      return "no device "
          + number
          + " among "
          + numbers[1]
          + "; name one below "
          + numbers[1]
          + " by devices(..) of the builder or -D"
          + CudaSettings.DEVICE;
    }
    return null;
  }

  private static String version(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }

  private static String text(byte[] bytes) {
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
