/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class MemorySizeTest {
  @ParameterizedTest
  @CsvSource({
    "5000000000, 5000000000",
    "3k, 3072",
    "800m, 838860800",
    "4G, 4294967296",
    "2t, 2199023255552",
  })
  void unitsAreThoseOfAJvm(String text, long bytes) {
    assertThat(new MemorySize().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "much", "4gb", "-1", "1.5g", "99999999999999999t"})
  void allElseIsRefused(String text) {
    assertThatThrownBy(() -> new MemorySize().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("\"" + text + "\" is no amount of memory; write it as 800m or 4g");
  }
}
