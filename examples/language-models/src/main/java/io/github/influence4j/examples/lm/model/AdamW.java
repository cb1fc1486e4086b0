/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * AdamW (Loshchilov and Hutter 2019) with the constants that PyTorch takes by default. All that it
 * knows of earlier steps lies in tensors that can be saved.
 */
@SuppressWarnings("try") // scopes and modes are guards
final class AdamW {
  private static final double FIRST = 0.9;
  private static final double SECOND = 0.999;
  private static final double EPSILON = 1e-8;
  private static final double DECAY = 0.01;

  private final Map<String, Tensor> parameters;
  private final Map<String, Tensor> means = new LinkedHashMap<>();
  private final Map<String, Tensor> squares = new LinkedHashMap<>();

  AdamW(Map<String, Tensor> parameters) {
    this.parameters = parameters;
    parameters.forEach(
        (name, parameter) -> {
          means.put(name, zeros_like(parameter));
          squares.put(name, zeros_like(parameter));
        });
  }

  /** Parameters, and means of their gradients and of the squares of these, by name. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    parameters.forEach((name, tensor) -> state.put("parameter." + name, tensor));
    means.forEach((name, tensor) -> state.put("mean." + name, tensor));
    squares.forEach((name, tensor) -> state.put("square." + name, tensor));
    return state;
  }

  /**
   * One step.
   *
   * @param gradients in the order of the parameters
   * @param rate of learning
   * @param number of the step, from 1
   */
  void step(List<Tensor> gradients, double rate, int number) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard noGradients = new NoGradGuard()) {
      double meanScale = 1 - Math.pow(FIRST, number);
      double squareScale = 1 - Math.pow(SECOND, number);
      int i = 0;
      for (Map.Entry<String, Tensor> parameter : parameters.entrySet()) {
        Tensor gradient = gradients.get(i++);
        Tensor mean = means.get(parameter.getKey());
        Tensor square = squares.get(parameter.getKey());
        mean.mul_(new Scalar(FIRST)).add_(gradient, new Scalar(1 - FIRST));
        square.mul_(new Scalar(SECOND)).addcmul_(gradient, gradient, new Scalar(1 - SECOND));
        Tensor deviation =
            square.sqrt().div_(new Scalar(Math.sqrt(squareScale))).add_(new Scalar(EPSILON));
        parameter
            .getValue()
            .mul_(new Scalar(1 - rate * DECAY))
            .addcdiv_(mean, deviation, new Scalar(-rate / meanScale));
      }
    }
  }
}
