/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.adapters.OwnershipContractTest;

final class OwnershipTest extends OwnershipContractTest<NDArray, ModelOutput> {
  @Override
  protected AdapterModel<NDArray, ModelOutput> model() {
    return new DjlModel(11);
  }
}
