/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The system properties that this module reads. */
public final class CudaSettings {
  /**
   * {@code influence4j.cuda.device}: number of the GPU to use, or numbers with commas between them
   * of several that are used together; 0 by default. The builder's own choice goes before it.
   */
  public static final String DEVICE = "influence4j.cuda.device";

  /**
   * {@code influence4j.cuda.kernels}: path of a {@code libinfluence_cuda.so} to use in place of the
   * one in the jar, for example one compiled for another architecture.
   */
  public static final String KERNELS = "influence4j.cuda.kernels";

  /**
   * {@code influence4j.cuda.blasFrom}: products of at least so many columns and inner elements go
   * to cuBLAS, smaller ones to our kernel; by default where cuBLAS was measured to be faster. To be
   * set where runs of several JVMs must agree to the last bit.
   */
  public static final String BLAS_FROM = "influence4j.cuda.blasFrom";

  private CudaSettings() {}

  /** The size that the user says, if any. */
  public static OptionalInt blasFrom() {
    String value = System.getProperty(BLAS_FROM);
    if (value == null) {
      return OptionalInt.empty();
    }
    try {
      int size = Integer.parseInt(value.strip());
      if (size > 0) {
        return OptionalInt.of(size);
      }
    } catch (NumberFormatException e) {
      throw notASize(value, e);
    }
    throw notASize(value, null);
  }

  private static IllegalArgumentException notASize(String value, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        BLAS_FROM + " must be a number of columns, at least 1, got \"" + value + "\"", cause);
  }

  /**
   * The GPUs to use.
   *
   * @param named by the user of the backend, before whom the property stands back
   * @return at least one number, none twice
   */
  public static List<Integer> devices(List<Integer> named) {
    return named.isEmpty() ? devices() : named;
  }

  /** The GPUs that the property names. */
  private static List<Integer> devices() {
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
