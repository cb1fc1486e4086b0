/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.adapters.LabelsContractTest;
import java.util.Arrays;
import java.util.List;

final class LabelsTest extends LabelsContractTest<NDArray, ModelOutput> {
  @Override
  protected AdapterModel<NDArray, ModelOutput> model() {
    return new DjlModel(2);
  }

  @Override
  protected List<Number> wrongLabels() {
    return List.of(5.0, 255.0, -1.0, -101.0, 1e300, 0.5, Double.NaN);
  }

  @Override
  protected NDArray labels(AdapterModel<NDArray, ModelOutput> net, Number... labels) {
    double[] values = Arrays.stream(labels).mapToDouble(Number::doubleValue).toArray();
    return net.doubles(values, values.length);
  }

  @Override
  protected String float32() {
    return "float32";
  }
}
