/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.compute.Precision;

/** {@link GoldenParityTest} on the reference backend. */
class ReferenceGoldenParityTest extends GoldenParityTest {
  @Override
  protected String backendName() {
    return "reference";
  }

  @Override
  protected Precision precision() {
    return Precision.F64;
  }
}
