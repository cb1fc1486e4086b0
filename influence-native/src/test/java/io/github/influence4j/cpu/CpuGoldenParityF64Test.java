/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.GoldenParityTest;
import io.github.influence4j.compute.Precision;

/** {@link GoldenParityTest} on the CPU backend in F64. */
class CpuGoldenParityF64Test extends GoldenParityTest {
  @Override
  protected String backendName() {
    return CpuBackendProvider.NAME;
  }

  @Override
  protected Precision precision() {
    return Precision.F64;
  }
}
