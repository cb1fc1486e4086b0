/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelsTest {
  @Test
  void reportsTheAbiVersionOfTheHeader() {
    assertThat(Kernels.abiVersion()).isEqualTo(1);
  }

  @Test
  void linksEveryInstructionSetVariant() {
    assertThat(Kernels.floatLanes(0)).isEqualTo(4);
    assertThat(Kernels.floatLanes(1)).isEqualTo(8);
    assertThat(Kernels.floatLanes(2)).isEqualTo(16);
    assertThat(Kernels.floatLanes(3)).isEqualTo(-1);
  }
}
