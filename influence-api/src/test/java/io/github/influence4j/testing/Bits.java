/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/** Equality to the last bit: 0 is not -0, and NaN is a number like others. */
public final class Bits {
  private Bits() {}

  /** Compares numbers one by one. */
  public static void assertSameBits(String what, double[] actual, double[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      if (Double.doubleToRawLongBits(actual[i]) != Double.doubleToRawLongBits(expected[i])) {
        fail("%s, element %d: %s instead of %s", what, i, actual[i], expected[i]);
      }
    }
  }

  /** Compares rows one by one, of lengths of their own. */
  public static void assertSameBits(String what, double[][] actual, double[][] expected) {
    assertThat(actual).as(what).hasNumberOfRows(expected.length);
    for (int i = 0; i < actual.length; i++) {
      assertSameBits(what + ", row " + i, actual[i], expected[i]);
    }
  }
}
