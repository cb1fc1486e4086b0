/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;

/** Slow and obvious computations to compare with. */
final class Naive {
  private Naive() {}

  /** Σ over rows of dy [1, x], of all uses of a linear layer: [P, M], the bias last. */
  static double[] weightGradient(GradientBatch batch, LayerSpec layer) {
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
    return batch.layers().stream()
        .filter(use -> use.layer().equals(layer.name()))
        .collect(Collectors.toList());
  }

  /** What backward() left: [P, M], the bias last. */
  static double[] autogradGradient(Tensor weight, Tensor bias) {
    double[] w = HostCopies.doubles(weight.grad());
    double[] b = bias.defined() ? HostCopies.doubles(bias.grad()) : new double[0];
    int outputs = (int) weight.size(0);
    int inputs = w.length / outputs;
    int columns = inputs + (b.length > 0 ? 1 : 0);
    double[] all = new double[outputs * columns];
    for (int p = 0; p < outputs; p++) {
      System.arraycopy(w, p * inputs, all, p * columns, inputs);
      if (b.length > 0) {
        all[p * columns + inputs] = b[p];
      }
    }
    return all;
  }

  static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  /** The largest difference over the largest value. */
  static double relativeError(double[] actual, double[] expected) {
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

  static Tensor ids(long[]... rows) {
    long[] flat = java.util.Arrays.stream(rows).flatMapToLong(java.util.Arrays::stream).toArray();
    return AbstractTensor.create(flat, rows.length, rows[0].length);
  }
}
