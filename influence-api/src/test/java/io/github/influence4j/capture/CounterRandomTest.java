/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CounterRandomTest {
  private static final int DRAWS = 40_000;

  /** The first two words of the known answers of Random123 for philox4x32-10. */
  @ParameterizedTest
  @CsvSource({
    "0000000000000000, 0000000000000000, 0000000000000000, e169c58d6627e8d5",
    "ffffffffffffffff, ffffffffffffffff, ffffffffffffffff, 41c83b0e408f276d",
    "299f31d0a4093822, 0370734413198a2e, 85a308d3243f6a88, 94fdccebd16cfe09"
  })
  void knownAnswers(String key, String high, String low, String expected) {
    long bits = CounterRandom.bits(hex(key), hex(high), hex(low));
    assertThat(Long.toHexString(bits)).isEqualTo(expected);
  }

  private static long hex(String digits) {
    return Long.parseUnsignedLong(digits, 16);
  }

  /** Places and seeds in a row must not show: all four directions are as good as random. */
  @Test
  void uniformsFillSixteenBins() {
    for (int direction = 0; direction < 4; direction++) {
      int[] counts = new int[16];
      for (long i = 0; i < DRAWS; i++) {
        double u =
            switch (direction) {
              case 0 -> CounterRandom.uniform(7, 3, i);
              case 1 -> CounterRandom.uniform(7, i, 3);
              case 2 -> CounterRandom.uniform(i, 7, 3);
              default -> CounterRandom.uniform(7, 3, i << 32);
            };
        assertThat(u).isStrictlyBetween(0.0, 1.0);
        counts[(int) (u * 16)]++;
      }
      // 15 degrees of freedom: above 44.3 with probability 1e-4; the seeds are fixed.
      assertThat(ChiSquare.ofEqualBins(counts)).isLessThan(44.3);
    }
  }

  @Test
  void gaussiansFillTheDeciles() {
    double[] deciles = {
      -1.2815515655,
      -0.8416212336,
      -0.5244005127,
      -0.2533471031,
      0,
      0.2533471031,
      0.5244005127,
      0.8416212336,
      1.2815515655
    };
    int[] counts = new int[10];
    double sum = 0;
    double squares = 0;
    for (long i = 0; i < DRAWS; i++) {
      double x = CounterRandom.gaussian(11, i, 0);
      int bin = 0;
      while (bin < deciles.length && x > deciles[bin]) {
        bin++;
      }
      counts[bin]++;
      sum += x;
      squares += x * x;
    }
    // 9 degrees of freedom: above 33.7 with probability 1e-4; four standard errors for the moments.
    assertThat(ChiSquare.ofEqualBins(counts)).isLessThan(33.7);
    assertThat(Math.abs(sum / DRAWS)).isLessThan(4 / Math.sqrt(DRAWS));
    assertThat(Math.abs(squares / DRAWS - 1)).isLessThan(4 * Math.sqrt(2.0 / DRAWS));
  }
}
