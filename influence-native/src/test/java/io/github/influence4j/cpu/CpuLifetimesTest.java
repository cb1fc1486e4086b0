/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.LifetimesTest;
import io.github.influence4j.spi.BackendProvider;

class CpuLifetimesTest extends LifetimesTest {
  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }

  @Override
  protected int slowDimension() {
    return 2500;
  }
}
