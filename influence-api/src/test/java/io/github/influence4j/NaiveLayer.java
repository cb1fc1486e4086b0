/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.LayerSpec;
import java.util.ArrayList;
import java.util.List;

/** The rows of one layer by group and example, and by naive loops what follows from them. */
final class NaiveLayer {
  /** Both sides of some rows: [rows][M], the bias counted, and [rows][P/groups]. */
  record Sides(List<double[]> activations, List<double[]> gradients) {}

  final LayerSpec spec;
  final int inputs;
  final int outputs;

  /** By group, by example. */
  private final List<List<Sides>> groups = new ArrayList<>();

  NaiveLayer(LayerSpec spec, int examples) {
    this.spec = spec;
    this.inputs = spec.gradientColumns();
    this.outputs = spec.outputs() / spec.groups();
    for (int g = 0; g < spec.groups(); g++) {
      List<Sides> ofGroup = new ArrayList<>();
      for (int e = 0; e < examples; e++) {
        ofGroup.add(new Sides(new ArrayList<>(), new ArrayList<>()));
      }
      groups.add(ofGroup);
    }
  }

  int examples() {
    return groups.get(0).size();
  }

  /** Adds one row without its bias column. */
  void add(int group, int example, double[] activation, double[] gradient) {
    double[] a = java.util.Arrays.copyOf(activation, inputs);
    if (spec.bias()) {
      a[inputs - 1] = 1;
    }
    groups.get(group).get(example).activations().add(a);
    groups.get(group).get(example).gradients().add(gradient.clone());
  }

  /** All rows of a use of a linear layer; {@code kept} is null or says which rows count. */
  NaiveLayer use(double[][][] activations, double[][][] gradients, boolean[][] kept) {
    for (int e = 0; e < activations.length; e++) {
      for (int r = 0; r < activations[e].length; r++) {
        if (kept == null || kept[e][r]) {
          add(0, e, activations[e][r], gradients[e][r]);
        }
      }
    }
    return this;
  }

  /** g = Σ_t gradient_t activation_tᵀ, [P/groups, M] row-major. */
  double[] gradient(int group, int example) {
    double[] g = new double[outputs * inputs];
    Sides sides = groups.get(group).get(example);
    for (int t = 0; t < sides.activations().size(); t++) {
      for (int i = 0; i < outputs; i++) {
        for (int j = 0; j < inputs; j++) {
          g[i * inputs + j] += sides.gradients().get(t)[i] * sides.activations().get(t)[j];
        }
      }
    }
    return g;
  }

  int rows() {
    return groups.get(0).stream().mapToInt(sides -> sides.activations().size()).sum();
  }

  /** The mean over rows of x xᵀ. */
  double[][] covariance(int group, boolean ofActivations) {
    int d = ofActivations ? inputs : outputs;
    double[][] sum = new double[d][d];
    int rows = rows();
    for (Sides sides : groups.get(group)) {
      for (double[] x : ofActivations ? sides.activations() : sides.gradients()) {
        for (int i = 0; i < d; i++) {
          for (int j = 0; j < d; j++) {
            sum[i][j] += x[i] * x[j] / rows;
          }
        }
      }
    }
    return sum;
  }
}
