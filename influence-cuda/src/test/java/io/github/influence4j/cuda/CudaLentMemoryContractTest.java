/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.contract.BackendContractTest;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract where all rows lie on the device already, written there on another stream. */
@ExtendWith(Leaks.class)
public class CudaLentMemoryContractTest extends BackendContractTest {
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 16, 1 << 12);

  @Override
  protected BackendProvider provider() {
    return new TunedProvider(
        options -> new LentBackend(CudaBackendProvider.create(options, SMALL)));
  }
}
