/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.spi.BackendContractTest;
import io.github.influence4j.spi.BackendProvider;

/** The contract of every backend. */
class CpuBackendContractTest extends BackendContractTest {
  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }
}
