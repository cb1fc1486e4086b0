/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import io.github.influence4j.adapters.WeightGradients;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Slow and obvious computations to compare with. */
final class Naive {
  private Naive() {}

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
    return WeightGradients.withBias(
        w, b, (int) layer.getDirectParameters().get("weight").getShape().get(0));
  }

  private static double[] gradient(Block layer, String parameter) {
    NDArray array = layer.getDirectParameters().get(parameter).getArray();
    return array.getGradient().toType(DataType.FLOAT64, false).toDoubleArray();
  }

  static NDArray ids(NDManager manager, long[]... rows) {
    long[] flat = Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray();
    return manager.create(flat).reshape(rows.length, rows[0].length);
  }
}
