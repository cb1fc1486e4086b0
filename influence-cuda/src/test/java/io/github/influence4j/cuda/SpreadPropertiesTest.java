/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.properties.InfluencePropertiesTest;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link InfluencePropertiesTest} on three devices. */
@ExtendWith({Required.class, Gpus.class, Leaks.class})
class SpreadPropertiesTest extends InfluencePropertiesTest {
  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }
}
