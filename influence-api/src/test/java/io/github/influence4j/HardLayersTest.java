/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

/**
 * Layers that other libraries get wrong (tied weights, grouped, depthwise and padded convolutions,
 * masked rows), against explicit gradients of every example and explicit inverse matrices.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class HardLayersTest extends EachPrecisionTest {
  Accuracy accuracy = new Accuracy();
  TestRandom random;

  /** For subclasses. */
  protected HardLayersTest() {}

  @BeforeParameterizedClassInvocation
  void begin() {
    accuracy = new Accuracy();
    random = TestRandom.of(getClass());
  }

  @AfterParameterizedClassInvocation
  void report() {
    System.out.printf(
        "%s %s, largest errors:%n%s", provider().name(), precision, accuracy.report());
  }

  @Nested
  final class Convolutions extends HardConvolutions {
    Convolutions() {
      super(HardLayersTest.this);
    }
  }

  @Nested
  final class RowsOfAnyOrder extends HardRows {
    RowsOfAnyOrder() {
      super(HardLayersTest.this);
    }
  }

  @Nested
  final class Inputs extends HardInputs {
    Inputs() {
      super(HardLayersTest.this);
    }
  }
}
