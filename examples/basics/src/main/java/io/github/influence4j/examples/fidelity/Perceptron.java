/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.solver.Activation;
import io.github.influence4j.solver.ParameterLayout;
import java.util.List;

/**
 * The shape of a multilayer perceptron. Its weights are one flat list, laid out as {@link
 * ParameterLayout} says. Immutable, so that many models of one shape can be trained at a time; what
 * a pass needs is in a {@link Pass}.
 *
 * @param layers one behind the other
 * @param activation between them
 * @param head behind the last
 */
record Perceptron(List<LayerSpec> layers, Activation activation, Head head) {
  int weights() {
    return ParameterLayout.of(layers).size();
  }

  /** Uniform within ±1/√inputs, as PyTorch begins. */
  double[] initial(long seed) {
    ParameterLayout layout = ParameterLayout.of(layers);
    double[] weights = new double[layout.size()];
    for (int l = 0; l < layers.size(); l++) {
      double bound = 1 / Math.sqrt(layers.get(l).inputs());
      for (int i = layout.offset(l); i < layout.offset(l + 1); i++) {
        weights[i] = bound * (2 * CounterRandom.uniform(seed, l, i) - 1);
      }
    }
    return weights;
  }
}
