/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.contract.BackendContractTest;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The contract where everything that can goes to cuBLAS and cuSOLVER, and where little fits at
 * once: what large layers and batches take, at sizes that tests can afford.
 */
@ExtendWith(Leaks.class)
public class CudaLibrariesContractTest extends BackendContractTest {
  private static final Tuning LIBRARIES = new Tuning(1, 0, 3, 1 << 14, 1 << 12);

  @Override
  protected BackendProvider provider() {
    return new TunedProvider(options -> CudaBackendProvider.create(options, LIBRARIES));
  }
}
