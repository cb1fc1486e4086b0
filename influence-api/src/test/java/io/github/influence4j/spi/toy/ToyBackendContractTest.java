/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.toy;

import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.contract.BackendContractTest;

/** What spi.support leaves to a backend is enough: docs/writing-a-backend.md. */
class ToyBackendContractTest extends BackendContractTest {
  @Override
  protected BackendProvider provider() {
    return new ToyProvider();
  }
}
