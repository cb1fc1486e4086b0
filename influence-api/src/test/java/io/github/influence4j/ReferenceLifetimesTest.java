/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.internal.reference.ReferenceBackendProvider;
import io.github.influence4j.spi.BackendProvider;

class ReferenceLifetimesTest extends LifetimesTest {
  @Override
  protected BackendProvider provider() {
    return new ReferenceBackendProvider();
  }

  @Override
  protected int slowDimension() {
    return 2000;
  }
}
