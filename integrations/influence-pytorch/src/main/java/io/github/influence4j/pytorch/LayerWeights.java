/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.LayerSpec;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;

/**
 * The parameters of a tapped layer: of tied modules the weight that they share, and their biases.
 *
 * @param spec the layer
 * @param weight [P, ...]
 * @param biases [P] each; none for a layer without
 */
record LayerWeights(LayerSpec spec, Tensor weight, List<Tensor> biases) {
  List<Tensor> all() {
    List<Tensor> all = new ArrayList<>(biases);
    all.add(0, weight);
    return all;
  }

  private int inputs() {
    return spec.inputs();
  }

  /** A layer's part of a vector of weights, as tensors like {@link #all}. */
  List<Tensor> tensors(double[] vector, int offset) {
    int columns = spec.gradientColumns();
    double[] matrix = new double[spec.outputs() * inputs()];
    double[] last = new double[spec.outputs()];
    for (int p = 0; p < spec.outputs(); p++) {
      System.arraycopy(vector, offset + p * columns, matrix, p * inputs(), inputs());
      last[p] = vector[offset + (p + 1) * columns - 1];
    }
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(AbstractTensor.create(matrix, TensorViews.shape(weight)).to(weight));
    Tensor bias = AbstractTensor.create(last).to(weight);
    biases.forEach(each -> tensors.add(bias));
    return tensors;
  }

  /** Adds gradients by {@link #all}, undefined for 0, to a vector of weights. */
  void add(List<Tensor> gradients, double[] vector, int offset) {
    int columns = spec.gradientColumns();
    for (int g = 0; g < gradients.size(); g++) {
      if (gradients.get(g).defined()) {
        double[] values = HostCopies.doubles(gradients.get(g));
        for (int i = 0; i < values.length; i++) {
          int place = g == 0 ? i / inputs() * columns + i % inputs() : (i + 1) * columns - 1;
          vector[offset + place] += values[i];
        }
      }
    }
  }
}
