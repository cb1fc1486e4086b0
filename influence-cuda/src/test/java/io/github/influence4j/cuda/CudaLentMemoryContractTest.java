/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendContractTest;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract where all rows lie on the device already, written there on another stream. */
@ExtendWith(Leaks.class)
public class CudaLentMemoryContractTest extends BackendContractTest {
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 16, 1 << 12);

  @Override
  protected BackendProvider provider() {
    return new BackendProvider() {
      @Override
      public String name() {
        return CudaBackendProvider.NAME;
      }

      @Override
      public int priority() {
        return 0;
      }

      @Override
      public Availability availability() {
        return CudaProbe.availability();
      }

      @Override
      public ComputeBackend create(BackendOptions options) {
        return new LentBackend(CudaBackendProvider.create(options, SMALL));
      }
    };
  }
}
