/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.GoldenParityTest;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link GoldenParityTest} on three devices. */
@ExtendWith({Required.class, Gpus.class, Leaks.class})
@EnumSource(Precision.class)
class SpreadGoldenParityTest extends GoldenParityTest {
  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }
}
