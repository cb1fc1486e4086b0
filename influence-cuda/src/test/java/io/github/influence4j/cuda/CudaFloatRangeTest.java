/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.range.FloatRangeTest;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link FloatRangeTest} on the CUDA backend. */
@ExtendWith({Required.class, Leaks.class})
class CudaFloatRangeTest extends FloatRangeTest {
  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }
}
