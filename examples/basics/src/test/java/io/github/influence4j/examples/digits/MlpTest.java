/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MlpTest {
  private static final double STEP = 1e-6;

  private final Mlp model = new Mlp(3, 5, 7, 6, 4);
  private final int[] labels = {2, 0, 3};
  private final double[] inputs = new Random(4).doubles(3 * 5, -1, 1).toArray();

  @Test
  void backwardAgreesWithFiniteDifferences() {
    Mlp.Pass pass = model.forward(inputs, 3);
    List<double[]> gradients = model.backward(pass, labels);
    for (int l = 0; l < model.layers().size(); l++) {
      Dense layer = model.layers().get(l);
      double[] forWeights = new double[layer.weights().length];
      double[] forBias = new double[layer.bias().length];
      layer.addGradients(pass.inputs().get(l), gradients.get(l), 3, forWeights, forBias);
      checkDifferences(layer.weights(), forWeights);
      checkDifferences(layer.bias(), forBias);
    }
  }

  private void checkDifferences(double[] parameters, double[] gradient) {
    for (int i = 0; i < parameters.length; i++) {
      double value = parameters[i];
      parameters[i] = value + STEP;
      double above = summedLoss();
      parameters[i] = value - STEP;
      double below = summedLoss();
      parameters[i] = value;
      assertThat(gradient[i]).isCloseTo((above - below) / (2 * STEP), within(1e-7));
    }
  }

  private double summedLoss() {
    Mlp.Pass pass = model.forward(inputs, 3);
    double sum = 0;
    for (int e = 0; e < 3; e++) {
      sum += pass.loss(e, labels[e]);
    }
    return sum;
  }

  @Test
  void trainingIsDeterministic() {
    Digits few = Digits.train().range(0, 100);
    double[] weights = Trainer.train(few, 2, 9).layers().get(1).weights();
    assertThat(Trainer.train(few, 2, 9).layers().get(1).weights()).isEqualTo(weights);
    assertThat(Trainer.train(few, 2, 10).layers().get(1).weights()).isNotEqualTo(weights);
  }

  @Test
  void learnsDigits() {
    Mlp trained = Trainer.train(Digits.train(), 4, 1);
    assertThat(Explainer.accuracy(trained, Digits.test())).isGreaterThan(0.93);
  }
}
