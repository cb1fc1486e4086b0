/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.cuda.device.CudaSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaSettingsTest {
  private static List<Integer> devices(@Nullable String value) {
    String before = System.getProperty(CudaSettings.DEVICE);
    try {
      set(value);
      return CudaSettings.devices();
    } finally {
      set(before);
    }
  }

  private static void set(@Nullable String value) {
    if (value == null) {
      System.clearProperty(CudaSettings.DEVICE);
    } else {
      System.setProperty(CudaSettings.DEVICE, value);
    }
  }

  @Test
  void devicesAreNumbers() {
    assertThat(devices(null)).containsExactly(0);
    assertThat(devices(" 3")).containsExactly(3);
    assertThat(devices("2, 0,1")).containsExactly(2, 0, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda:1", "", "0,", "0 1"})
  void whatIsNoListOfNumbersIsRefused(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> devices(value))
        .withMessage(
            "influence4j.cuda.device must be the number of a GPU, or several with commas between"
                + " them, got \"%s\"",
            value);
  }

  @Test
  void aGpuThatIsNamedTwiceIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> devices("1,0,1"))
        .withMessage("influence4j.cuda.device names a GPU twice, got \"1,0,1\"");
  }
}
