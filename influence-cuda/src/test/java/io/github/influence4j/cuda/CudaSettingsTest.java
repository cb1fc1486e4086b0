/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.cuda.device.CudaSettings;
import org.junit.jupiter.api.Test;

class CudaSettingsTest {
  @Test
  void theDeviceIsANumber() {
    String before = System.getProperty(CudaSettings.DEVICE);
    try {
      System.clearProperty(CudaSettings.DEVICE);
      assertThat(CudaSettings.device()).isZero();
      System.setProperty(CudaSettings.DEVICE, " 3");
      assertThat(CudaSettings.device()).isEqualTo(3);
      System.setProperty(CudaSettings.DEVICE, "cuda:1");
      assertThatIllegalArgumentException()
          .isThrownBy(CudaSettings::device)
          .withMessage("influence4j.cuda.device must be the number of a GPU, got \"cuda:1\"");
    } finally {
      if (before == null) {
        System.clearProperty(CudaSettings.DEVICE);
      } else {
        System.setProperty(CudaSettings.DEVICE, before);
      }
    }
  }
}
