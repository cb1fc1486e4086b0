/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.GoldenParityTest;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link GoldenParityTest} on the CPU backend. */
@EnumSource(Precision.class)
class CpuGoldenParityTest extends GoldenParityTest {
  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }
}
