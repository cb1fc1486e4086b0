/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.adapters.VerificationCostMeasurement;
import org.bytedeco.pytorch.Tensor;

final class VerificationCostTest extends VerificationCostMeasurement<Tensor, ModelOutput> {
  @Override
  protected AdapterModel<Tensor, ModelOutput> model() {
    return new TorchModel(1);
  }
}
