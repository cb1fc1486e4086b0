/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

  private final List<Trained> trained = new ArrayList<>();

  /**
   * A parameter.
   *
   * @param name in the files of its model
   * @param value changes in place
   * @param mean of its gradients
   * @param square mean of their squares
   */
  private record Trained(String name, Tensor value, Tensor mean, Tensor square) {}

  AdamW(Map<String, Tensor> parameters) {
    parameters.forEach(
        (name, value) ->
            trained.add(new Trained(name, value, zeros_like(value), zeros_like(value))));
  }

  /** All tensors, by what they are and the name of the parameter. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new TreeMap<>();
    for (Trained each : trained) {
      state.put("parameter." + each.name(), each.value());
      state.put("mean." + each.name(), each.mean());
      state.put("square." + each.name(), each.square());
    }
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
      for (int i = 0; i < trained.size(); i++) {
        Tensor gradient = gradients.get(i);
        Tensor mean = trained.get(i).mean();
        Tensor square = trained.get(i).square();
        mean.mul_(new Scalar(FIRST)).add_(gradient, new Scalar(1 - FIRST));
        square.mul_(new Scalar(SECOND)).addcmul_(gradient, gradient, new Scalar(1 - SECOND));
        Tensor deviation =
            square.sqrt().div_(new Scalar(Math.sqrt(squareScale))).add_(new Scalar(EPSILON));
        trained
            .get(i)
            .value()
            .mul_(new Scalar(1 - rate * DECAY))
            .addcdiv_(mean, deviation, new Scalar(-rate / meanScale));
      }
    }
  }
}
