/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.cuda.device.CudaSettings;
import java.nio.file.Path;
import java.util.List;

/**
 * The test doubles of the CUDA libraries (src/test/cpp/standins). Loaded before any class of the
 * presets, they are what these find: the first library of a soname wins.
 */
final class StandIns {
  /** What the tests run on: standins, emulated or real. */
  static final String MODE = System.getProperty("influence4j.cuda.test", "standins");

  private static final Path DIRECTORY =
      Path.of(System.getProperty("influence4j.cuda.standins", "target/standins")).toAbsolutePath();

  /** Files of the libraries, each after those it needs. */
  static final List<String> CUDA =
      List.of(
          "libcuda.so.1",
          "libcudart.so.13",
          "libcublasLt.so.13",
          "libcublas.so.13",
          "libcusparse.so.12",
          "libcusolverMg.so.12",
          "libcusolver.so.12");

  private StandIns() {}

  static boolean real() {
    return MODE.equals("real");
  }

  static Path library(String name) {
    return DIRECTORY.resolve(name);
  }

  static void load() {
    CUDA.forEach(name -> System.load(library(name).toString()));
    System.load(library("libstandin_control.so").toString());
    System.setProperty(CudaSettings.KERNELS, kernels().toString());
  }

  private static Path kernels() {
    return MODE.equals("emulated")
        ? Path.of(System.getProperty("influence4j.cuda.emulated"))
        : library("libinfluence_cuda.so");
  }

  /** Arms the n-th call from now of a CUDA function to fail, once; 0 disarms. */
  static native void failCall(long n);

  /** The function that was made to fail, empty if none was since {@link #failCall}. */
  static native String failedFunction();

  /** Calls since {@link #failCall}. */
  static native long calls();

  /** Device memory that is allocated. */
  static native long deviceBytes();

  /** Blocks of device and pinned memory, streams, events and handles that are not freed. */
  static native long liveObjects();

  /** How often a pointer of the wrong side, an overrun or a double free was seen. */
  static native long misuses();

  /** Bytes copied between host and device so far, pinned memory being the host's. */
  static native long crossedBytes();

  /** Those of them that went to a device while its kernels had work of before. */
  static native long overlappedBytes();

  /** A bit for each of the three devices that was used since the last call. */
  static native long usedDevices();

  /** Products that cuBLAS was asked for so far. */
  static native long products();

  /** Those of them whose operands are rounded for tensor cores. */
  static native long roundedProducts();

  /** Those of them with an operand that does not begin at a multiple of 16 bytes. */
  static native long unalignedProducts();

  /** Sets how much memory each device has; 1 GiB at the start. */
  static native void capacity(long bytes);
}
