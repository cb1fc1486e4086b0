/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.contract.BackendContractTest;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract on three devices. */
@ExtendWith(Leaks.class)
public class SpreadContractTest extends BackendContractTest {
  @Override
  protected BackendProvider provider() {
    return new TunedProvider(options -> Gpus.backend(List.of(2, 0, 1), options));
  }
}
