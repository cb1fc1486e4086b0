/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.internal.reference.ReferenceBackendProvider;
import io.github.influence4j.range.FloatRangeTest;
import io.github.influence4j.spi.BackendProvider;

/** {@link FloatRangeTest} on the reference backend. */
class ReferenceFloatRangeTest extends FloatRangeTest {
  @Override
  protected BackendProvider provider() {
    return new ReferenceBackendProvider();
  }
}
