/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.compute.Precision;

/** {@link HardLayersTest} on the reference backend. */
class ReferenceHardLayersTest extends HardLayersTest {
  @Override
  protected String backendName() {
    return "reference";
  }

  @Override
  protected Precision precision() {
    return Precision.F64;
  }
}
