/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.contract.BackendContractTest;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract on two devices, where all rows lie on one of them already. */
@ExtendWith(Leaks.class)
public class SpreadLentContractTest extends BackendContractTest {
  @Override
  protected BackendProvider provider() {
    return new TunedProvider(options -> new LentBackend(Gpus.backend(List.of(1, 0), options)));
  }
}
