/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.contract.BackendContractTest;

/** The contract of every backend. */
class CpuBackendContractTest extends BackendContractTest {
  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }
}
