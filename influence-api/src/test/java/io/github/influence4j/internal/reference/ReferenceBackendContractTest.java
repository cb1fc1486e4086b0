/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import io.github.influence4j.spi.BackendContractTest;
import io.github.influence4j.spi.BackendProvider;

public class ReferenceBackendContractTest extends BackendContractTest {
  @Override
  protected BackendProvider provider() {
    return new ReferenceBackendProvider();
  }
}
