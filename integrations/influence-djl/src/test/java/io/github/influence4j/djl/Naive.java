/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

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
    return batch.layers().stream().filter(use -> use.layer().equals(layer.name())).toList();
  }

  /** Leaves in the model's parameters the gradients of a loss of its output. */
  @SuppressWarnings("try") // the guard is used by being open
  static void backward(Block model, NDArray input, UnaryOperator<NDArray> loss) {
    for (Parameter parameter : model.getParameters().values()) {
      NDArray gradient = parameter.getArray().getGradient();
      gradient.subi(gradient.duplicate());
    }
    NDManager manager = input.getManager();
    try (BufferGuard guard = BufferGuard.open();
        GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      ParameterStore parameters = new ParameterStore(manager, false);
      NDList output = model.forward(parameters, new NDList(input), false);
      collector.backward(loss.apply(output.singletonOrThrow()));
    }
  }

  /** What backward() left: [P, M], the bias last. */
  static double[] autogradGradient(Block layer) {
    double[] w = gradient(layer, "weight");
    double[] b =
        layer.getDirectParameters().contains("bias") ? gradient(layer, "bias") : new double[0];
    int outputs = (int) layer.getDirectParameters().get("weight").getShape().get(0);
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

  private static double[] gradient(Block layer, String parameter) {
    NDArray array = layer.getDirectParameters().get(parameter).getArray();
    return array.getGradient().toType(DataType.FLOAT64, false).toDoubleArray();
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

  static NDArray ids(NDManager manager, long[]... rows) {
    long[] flat = Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray();
    return manager.create(flat).reshape(rows.length, rows[0].length);
  }
}
