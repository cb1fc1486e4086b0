/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** What is bound from the header. */
final class KernelsTest {
  /** JavaCPP takes the size of a pointer for that of a structure it does not know. */
  @Test
  void structuresHaveTheSizesOfTheHeader() {
    assertThat(Kernels.abiVersion()).isEqualTo(Kernels.ABI_VERSION);
    assertThat(Loader.sizeof(Kernels.NativeMatrix.class)).isEqualTo(32);
    assertThat(Loader.sizeof(Kernels.NativeProduct.class)).isEqualTo(80);
    assertThat(Loader.sizeof(Kernels.NativeExamples.class)).isEqualTo(64);
    assertThat(Loader.sizeof(Kernels.NativeQueries.class)).isEqualTo(48);
    assertThat(Loader.sizeof(UnfoldKernel.NativeImages.class)).isEqualTo(72);
  }
}
