/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.capture.CounterRandom;
import java.util.Arrays;

/**
 * Training by stochastic gradient descent with momentum on the mean loss of small batches, at a
 * rate that falls to 0 by half a cosine. One thread, seeded.
 *
 * @param epochs passes over the training samples
 * @param batch samples of a step
 * @param rate of learning at the begin
 * @param momentum of the steps
 * @param decay of the weights, beside the mean loss: (decay/2)‖θ‖²
 */
record Recipe(int epochs, int batch, double rate, double momentum, double decay) {
  private static final long SHUFFLE = 1L << 32;

  /** Trains a model on some samples; the same arguments give the same weights, bit for bit. */
  double[] train(Perceptron model, Samples samples, long seed) {
    double[] weights = model.initial(seed);
    double[] gradient = new double[weights.length];
    double[] velocity = new double[weights.length];
    int size = Math.min(batch, samples.size());
    Samples part = new Samples(new double[size * samples.columns()], new double[size]);
    Pass pass = new Pass(model, weights, part);
    int perEpoch = samples.size() / size;
    for (int epoch = 0; epoch < epochs; epoch++) {
      int[] order = shuffled(samples.size(), seed, epoch);
      for (int step = 0; step < perEpoch; step++) {
        samples.copy(order, step * size, part);
        Arrays.fill(gradient, 0);
        pass.forward().backwardFromLoss().addWeightGradient(gradient);
        double now = rate(epoch * perEpoch + step, epochs * perEpoch);
        for (int i = 0; i < weights.length; i++) {
          velocity[i] = momentum * velocity[i] + gradient[i] / size + decay * weights[i];
          weights[i] -= now * velocity[i];
        }
      }
    }
    return weights;
  }

  private double rate(int step, int steps) {
    return rate * (1 + Math.cos(Math.PI * step / steps)) / 2;
  }

  /**
   * The damping of training that has not converged. Gradient descent for a time t = Σ
   * rate/(1−momentum) moves along an eigenvector of curvature σ by (1−e^{−tσ})/σ times the
   * gradient, where the inverse Hessian says 1/σ: no further than t where σ is small, as 1/(σ+λ)
   * with λ = 1/t. Decay of weights adds itself to σ.
   */
  double dampingOfTime(int samples) {
    int steps = epochs * (samples / Math.min(batch, samples));
    double time = 0;
    for (int step = 0; step < steps; step++) {
      time += rate(step, steps) / (1 - momentum);
    }
    return decay + 1 / time;
  }

  private static int[] shuffled(int count, long seed, int epoch) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = (int) (CounterRandom.uniform(seed, SHUFFLE + epoch, i) * (i + 1));
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
