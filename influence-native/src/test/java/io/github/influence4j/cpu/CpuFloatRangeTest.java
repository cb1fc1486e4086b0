/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.range.FloatRangeTest;
import io.github.influence4j.spi.BackendProvider;

/** {@link FloatRangeTest} on the CPU backend. */
class CpuFloatRangeTest extends FloatRangeTest {
  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }
}
