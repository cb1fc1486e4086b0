/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Trains an {@link Mlp} with Adam (Kingma and Ba 2015) on the mean cross-entropy of small batches.
 * One thread, seeded: the same arguments give the same weights, bit for bit.
 */
final class Trainer {
  private static final int BATCH = 32;
  private static final double LEARNING_RATE = 1e-3;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final Mlp model;
  private final List<Adam> optimizers = new ArrayList<>();
  private int step;

  private Trainer(Mlp model) {
    this.model = model;
    for (Dense layer : model.layers()) {
      optimizers.add(new Adam(layer.weights()));
      optimizers.add(new Adam(layer.bias()));
    }
  }

  /** A model 64-256-128-10 that knows nothing yet. */
  static Mlp untrained(long seed) {
    return new Mlp(seed, Digits.PIXELS, 256, 128, Digits.CLASSES);
  }

  /** The model trained on some digits. */
  static Mlp train(Digits data, int epochs, long seed) {
    Mlp model = untrained(seed);
    Trainer trainer = new Trainer(model);
    Random random = new Random(seed + 1);
    int[] order = new int[data.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    for (int epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, random);
      for (int first = 0; first < order.length; first += BATCH) {
        int size = Math.min(BATCH, order.length - first);
        int[] batch = new int[size];
        System.arraycopy(order, first, batch, 0, size);
        trainer.update(data.select(batch));
      }
    }
    return model;
  }

  private void update(Digits batch) {
    Mlp.Pass pass = model.forward(batch.pixels(), batch.size());
    List<double[]> gradients = model.backward(pass, batch.labels());
    step++;
    for (int l = 0; l < model.layers().size(); l++) {
      Dense layer = model.layers().get(l);
      Adam weights = optimizers.get(2 * l);
      Adam bias = optimizers.get(2 * l + 1);
      layer.addGradients(
          pass.inputs().get(l), gradients.get(l), batch.size(), weights.gradient, bias.gradient);
      weights.apply(step, batch.size());
      bias.apply(step, batch.size());
    }
  }

  private static void shuffle(int[] values, Random random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  /** One array of parameters, its gradient and the two running means of Adam. */
  private static final class Adam {
    private final double[] parameters;
    final double[] gradient;
    private final double[] mean;
    private final double[] square;

    Adam(double[] parameters) {
      this.parameters = parameters;
      gradient = new double[parameters.length];
      mean = new double[parameters.length];
      square = new double[parameters.length];
    }

    /** Steps along the gradient summed over examples, and clears it. */
    void apply(int step, int examples) {
      double rate = LEARNING_RATE / (1 - Math.pow(BETA1, step));
      double correction = 1 / (1 - Math.pow(BETA2, step));
      for (int i = 0; i < parameters.length; i++) {
        double g = gradient[i] / examples;
        mean[i] = BETA1 * mean[i] + (1 - BETA1) * g;
        square[i] = BETA2 * square[i] + (1 - BETA2) * g * g;
        parameters[i] -= rate * mean[i] / (Math.sqrt(square[i] * correction) + EPSILON);
        gradient[i] = 0;
      }
    }
  }
}
