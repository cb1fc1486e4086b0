/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void roundsToFourDigits() {
    assertThat(Numbers.signed(0)).isEqualTo("0");
    assertThat(Numbers.signed(-0.0)).isEqualTo("0");
    assertThat(Numbers.signed(12.34567)).isEqualTo("+12.35");
    assertThat(Numbers.signed(-12.34567)).isEqualTo("−12.35");
    assertThat(Numbers.plain(1000)).isEqualTo("1000");
    assertThat(Numbers.plain(41234.5)).isEqualTo("41230");
    assertThat(Numbers.plain(12345678)).isEqualTo("1.235e7");
    assertThat(Numbers.plain(0.000123)).isEqualTo("0.000123");
    assertThat(Numbers.plain(0.0000123)).isEqualTo("1.23e−5");
    assertThat(Numbers.plain(Double.MIN_VALUE)).isEqualTo("4.941e−324");
    assertThat(Numbers.percent(0.26444)).isEqualTo("26.4\u2009%");
  }

  @Test
  void isTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG"));
      assertThat(Numbers.signed(-1234.4)).isEqualTo("−1234");
      assertThat(Html.plain("\u202e")).isEqualTo("U+202E");
    } finally {
      Locale.setDefault(before);
    }
  }
}
