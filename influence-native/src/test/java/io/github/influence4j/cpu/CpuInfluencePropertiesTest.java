/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.properties.InfluencePropertiesTest;
import io.github.influence4j.spi.BackendProvider;

/** The properties of the method. */
class CpuInfluencePropertiesTest extends InfluencePropertiesTest {
  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }
}
