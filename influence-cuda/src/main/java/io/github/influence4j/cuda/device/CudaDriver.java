/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.internal.natives.NativeLibraries;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.MemberGetter;
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
  static {
    NativeLibraries.load(CudaDriver.class, "libjniCudaDriver.so", path -> System.load(path));
  }

  static final int NOT_LOADED = INFL_DRIVER_NOT_LOADED();
  static final int NO_SYMBOL = INFL_DRIVER_NO_SYMBOL();
  static final int TEXT_LENGTH = INFL_DRIVER_TEXT();

  /** {@code CUDA_ERROR_NO_DEVICE}. */
  static final int NO_DEVICE = 100;

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

  @MemberGetter
  private static native int INFL_DRIVER_NOT_LOADED();

  @MemberGetter
  private static native int INFL_DRIVER_NO_SYMBOL();

  @MemberGetter
  private static native int INFL_DRIVER_TEXT();
}
