/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.range;

import io.github.influence4j.BackendTest;
import org.junit.jupiter.api.Nested;

/**
 * Scores of data anywhere in the range of float, on any backend. Data are small integers times
 * powers of two, which are exact down to the least subnormal.
 */
public abstract class FloatRangeTest extends BackendTest {
  @Nested
  final class Scaling extends ScalingLaws {
    Scaling() {
      super(provider());
    }
  }

  @Nested
  final class Numbers extends SingleNumbers {
    Numbers() {
      super(provider());
    }
  }
}
