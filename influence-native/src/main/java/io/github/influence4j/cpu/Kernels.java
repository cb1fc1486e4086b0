/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/** The C functions of {@code influence_cpu.h}. */
// The # after the library name: link it (a static archive), but do not look for it at run time.
@Properties(@Platform(value = "linux-x86_64", include = "influence_cpu.h", link = "influence_cpu#"))
@NoException
final class Kernels {
  static {
    Loader.load(Kernels.class);
  }

  private Kernels() {}

  @Name("infl_abi_version")
  static native int abiVersion();

  /** Floats per vector register the variant was compiled for; 0: baseline, 1: AVX2, 2: AVX-512. */
  @Name("infl_float_lanes")
  static native int floatLanes(int variant);
}
