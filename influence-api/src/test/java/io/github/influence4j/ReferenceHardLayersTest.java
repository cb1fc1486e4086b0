/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.internal.reference.ReferenceBackendProvider;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link HardLayersTest} on the reference backend. */
@EnumSource(value = Precision.class, names = "F64")
class ReferenceHardLayersTest extends HardLayersTest {
  @Override
  protected BackendProvider provider() {
    return new ReferenceBackendProvider();
  }
}
