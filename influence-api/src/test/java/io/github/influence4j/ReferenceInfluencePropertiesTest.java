/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.internal.reference.ReferenceBackendProvider;
import io.github.influence4j.properties.InfluencePropertiesTest;
import io.github.influence4j.spi.BackendProvider;

class ReferenceInfluencePropertiesTest extends InfluencePropertiesTest {
  @Override
  protected BackendProvider provider() {
    return new ReferenceBackendProvider();
  }
}
