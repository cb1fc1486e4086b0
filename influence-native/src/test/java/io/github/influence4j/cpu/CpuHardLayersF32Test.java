/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.HardLayersTest;
import io.github.influence4j.compute.Precision;

/** {@link HardLayersTest} on the CPU backend in F32. */
class CpuHardLayersF32Test extends HardLayersTest {
  @Override
  protected String backendName() {
    return CpuBackendProvider.NAME;
  }

  @Override
  protected Precision precision() {
    return Precision.F32;
  }
}
