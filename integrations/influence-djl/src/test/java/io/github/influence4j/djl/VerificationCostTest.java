/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.adapters.VerificationCostMeasurement;

final class VerificationCostTest extends VerificationCostMeasurement<NDArray, ModelOutput> {
  @Override
  protected AdapterModel<NDArray, ModelOutput> model() {
    return new DjlModel(1);
  }
}
