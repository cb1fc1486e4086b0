/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.cuda.device.CudaSettings;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaSettingsTest {
  private static List<Integer> devices(@Nullable String value) {
    String before = System.getProperty(CudaSettings.DEVICE);
    try {
      set(CudaSettings.DEVICE, value);
      return CudaSettings.devices(List.of());
    } finally {
      set(CudaSettings.DEVICE, before);
    }
  }

  private static void set(String property, @Nullable String value) {
    if (value == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, value);
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

  private static OptionalInt blasFrom(@Nullable String value) {
    String before = System.getProperty(CudaSettings.BLAS_FROM);
    try {
      set(CudaSettings.BLAS_FROM, value);
      return CudaSettings.blasFrom();
    } finally {
      set(CudaSettings.BLAS_FROM, before);
    }
  }

  @Test
  void theSizeOfProductsIsMeasuredUnlessSaid() {
    assertThat(blasFrom(null)).isEmpty();
    assertThat(blasFrom(" 96 ")).hasValue(96);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "many"})
  void whatIsNoSizeIsRefused(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> blasFrom(value))
        .withMessage(
            "influence4j.cuda.blasFrom must be a number of columns, at least 1, got \"%s\"", value);
  }
}
