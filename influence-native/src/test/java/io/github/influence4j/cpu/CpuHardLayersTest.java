/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.HardLayersTest;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link HardLayersTest} on the CPU backend. */
@EnumSource(Precision.class)
class CpuHardLayersTest extends HardLayersTest {
  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }
}
