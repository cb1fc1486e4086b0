/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.contract.BackendContractTest;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract, with the thresholds that users get. */
@ExtendWith(Leaks.class)
public class CudaBackendContractTest extends BackendContractTest {
  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }
}
