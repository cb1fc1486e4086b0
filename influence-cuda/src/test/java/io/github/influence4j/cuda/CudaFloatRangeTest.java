/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.FloatRangeTest;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link FloatRangeTest} on the CUDA backend. */
@ExtendWith(Leaks.class)
class CudaFloatRangeTest extends FloatRangeTest {
  @BeforeAll
  static void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }
}
