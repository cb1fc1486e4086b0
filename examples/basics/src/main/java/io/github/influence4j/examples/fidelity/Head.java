/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.solver.OutputLoss;
import java.util.Arrays;

/** What becomes of the outputs of the last layer. */
enum Head {
  /** Softmax and cross-entropy; the target is a class. */
  SOFTMAX(OutputLoss.SOFTMAX_CROSS_ENTROPY) {
    @Override
    double loss(double[] outputs, int at, int count, double target) {
      return logSum(outputs, at, count) - outputs[at + (int) target];
    }

    @Override
    void gradient(double[] outputs, int at, int count, double target, double[] into) {
      double log = logSum(outputs, at, count);
      for (int i = at; i < at + count; i++) {
        into[i] = Math.exp(outputs[i] - log);
      }
      into[at + (int) target] -= 1;
    }

    @Override
    double divergence(double[] outputs, double[] trained, int at, int count, double[] into) {
      double log = logSum(outputs, at, count);
      double before = logSum(trained, at, count);
      double sum = 0;
      for (int i = at; i < at + count; i++) {
        double p = Math.exp(trained[i] - before);
        sum += p * ((trained[i] - before) - (outputs[i] - log));
        into[i] = Math.exp(outputs[i] - log) - p;
      }
      return sum;
    }

    @Override
    double sample(LabelSampler sampler, double[] outputs, int at, int count, long example) {
      return sampler.softmax(Arrays.copyOfRange(outputs, at, at + count), example, 0);
    }
  },
  /** ½(f − y)², of one output. */
  HALF_SQUARED_ERROR(OutputLoss.HALF_SQUARED_ERROR) {
    @Override
    double loss(double[] outputs, int at, int count, double target) {
      return (outputs[at] - target) * (outputs[at] - target) / 2;
    }

    @Override
    void gradient(double[] outputs, int at, int count, double target, double[] into) {
      into[at] = outputs[at] - target;
    }

    @Override
    double divergence(double[] outputs, double[] trained, int at, int count, double[] into) {
      into[at] = outputs[at] - trained[at];
      return into[at] * into[at] / 2;
    }

    @Override
    double sample(LabelSampler sampler, double[] outputs, int at, int count, long example) {
      return sampler.gaussian(outputs[at], 1, example, 0, 0);
    }
  };

  private final OutputLoss curvature;

  Head(OutputLoss curvature) {
    this.curvature = curvature;
  }

  /** The same for the solvers. */
  OutputLoss curvature() {
    return curvature;
  }

  /** Of one sample, whose outputs begin at a place. */
  abstract double loss(double[] outputs, int at, int count, double target);

  /** Of the loss by the outputs, written at the same place. */
  abstract void gradient(double[] outputs, int at, int count, double target, double[] into);

  /** How far outputs are from those of the trained model, and its gradient. */
  abstract double divergence(double[] outputs, double[] trained, int at, int count, double[] into);

  /** A target drawn from the model's own prediction. */
  abstract double sample(LabelSampler sampler, double[] outputs, int at, int count, long example);

  private static double logSum(double[] values, int at, int count) {
    double max = values[at];
    for (int i = at + 1; i < at + count; i++) {
      max = Math.max(max, values[i]);
    }
    double sum = 0;
    for (int i = at; i < at + count; i++) {
      sum += Math.exp(values[i] - max);
    }
    return max + Math.log(sum);
  }
}
