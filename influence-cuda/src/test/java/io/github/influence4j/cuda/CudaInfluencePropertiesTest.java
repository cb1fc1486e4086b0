/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.InfluencePropertiesTest;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link InfluencePropertiesTest} on the CUDA backend. */
@ExtendWith(Leaks.class)
class CudaInfluencePropertiesTest extends InfluencePropertiesTest {
  @BeforeAll
  static void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }
}
