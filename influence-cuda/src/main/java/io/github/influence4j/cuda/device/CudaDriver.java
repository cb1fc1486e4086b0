/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.internal.natives.NativeLibraries;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/**
 * The function of {@code cuda_driver.h}. Its library needs nothing of CUDA, while the classes of
 * the presets cannot even be initialised where there is no driver.
 */
@Properties(@Platform(value = "linux-x86_64", include = "cuda_driver.h", link = "dl#"))
@NoException
final class CudaDriver {
  static final int NOT_LOADED = -1;
  static final int NO_SYMBOL = -2;
  static final int NO_DEVICE = 100;
  static final int TEXT_LENGTH = 512;

  static {
    NativeLibraries.load(CudaDriver.class, "libjniCudaDriver.so", path -> System.load(path));
  }

  private CudaDriver() {}

  /**
   * Asks a driver.
   *
   * @param library file name or path
   * @param device number of the device to describe
   * @param numbers receives the CUDA version, the number of devices and the capability of the
   *     device
   * @param text receives the name of the device, or what went wrong
   * @return 0, a code of this class, or a CUresult
   */
  @Name("infl_driver_probe")
  static native int probe(String library, int device, int[] numbers, @Cast("char*") byte[] text);
}
