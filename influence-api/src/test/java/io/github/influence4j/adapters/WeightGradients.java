/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import java.util.List;
import java.util.stream.IntStream;

/** Slow and obvious computations for tests of adapters to compare with. */
public final class WeightGradients {
  private WeightGradients() {}

  /** Σ over rows of dy [1, x], of all uses of a linear layer: [P, M], the bias last. */
  public static double[] of(GradientBatch batch, LayerSpec layer) {
    int columns = layer.gradientColumns();
    double[] sum = new double[layer.outputs() * columns];
    for (LayerBatch use : uses(batch, layer)) {
      double[] x = use.activations().toDoubles();
      double[] dy = use.outputGradients().toDoubles();
      boolean[] mask = use.mask();
      int rows = x.length / layer.inputs();
      for (int r = 0; r < rows; r++) {
        for (int i = 0; i < sum.length && (mask == null || mask[r]); i++) {
          int in = i % columns;
          double input = in < layer.inputs() ? x[r * layer.inputs() + in] : 1;
          sum[i] += dy[r * layer.outputs() + i / columns] * input;
        }
      }
    }
    return sum;
  }

  private static List<LayerBatch> uses(GradientBatch batch, LayerSpec layer) {
    return batch.layers().stream().filter(use -> use.layer().equals(layer.name())).toList();
  }

  /** A weight [P, ...] and a bias [P], or none, as [P, M], the bias last. */
  public static double[] withBias(double[] weight, double[] bias, int outputs) {
    int inputs = weight.length / outputs;
    int columns = inputs + (bias.length > 0 ? 1 : 0);
    double[] all = new double[outputs * columns];
    for (int p = 0; p < outputs; p++) {
      System.arraycopy(weight, p * inputs, all, p * columns, inputs);
      if (bias.length > 0) {
        all[p * columns + inputs] = bias[p];
      }
    }
    return all;
  }

  /** Σ a b. */
  public static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  /** The largest difference over the largest value. */
  public static double relativeError(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertThat(largest).isPositive();
    return difference / largest;
  }
}
