/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import java.util.Random;

/**
 * A fully connected layer, {@code s = aW + b}, for a batch of rows.
 *
 * @param inputs features of a row a
 * @param outputs features of a row s
 * @param weights W, [inputs, outputs] row-major
 * @param bias b, [outputs]
 */
record Dense(int inputs, int outputs, double[] weights, double[] bias) {

  /** Weights from N(0, 2/inputs), as He et al. 2015 advise for ReLU; no bias yet. */
  static Dense random(int inputs, int outputs, Random random) {
    double[] weights = new double[inputs * outputs];
    double deviation = Math.sqrt(2.0 / inputs);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = deviation * random.nextGaussian();
    }
    return new Dense(inputs, outputs, weights, new double[outputs]);
  }

  /** [rows, inputs] to [rows, outputs]. */
  double[] forward(double[] input, int rows) {
    double[] output = new double[rows * outputs];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(bias, 0, output, row * outputs, outputs);
      for (int i = 0; i < inputs; i++) {
        double value = input[row * inputs + i];
        if (value != 0) { // half of what comes out of a ReLU is zero
          addScaled(value, weights, i * outputs, output, row * outputs);
        }
      }
    }
    return output;
  }

  /**
   * The gradient at the outputs of the layer before, through its ReLU: {@code (Ds Wᵀ) where a > 0}.
   */
  double[] backward(double[] input, double[] outputGradient, int rows) {
    double[] gradient = new double[rows * inputs];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < inputs; i++) {
        if (input[row * inputs + i] > 0) {
          gradient[row * inputs + i] = dot(i * outputs, outputGradient, row * outputs);
        }
      }
    }
    return gradient;
  }

  /** The gradients of the weights, summed over the rows: {@code aᵀDs} and the sum of Ds. */
  void addGradients(
      double[] input, double[] outputGradient, int rows, double[] forWeights, double[] forBias) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < inputs; i++) {
        double value = input[row * inputs + i];
        if (value != 0) {
          addScaled(value, outputGradient, row * outputs, forWeights, i * outputs);
        }
      }
      addScaled(1, outputGradient, row * outputs, forBias, 0);
    }
  }

  private void addScaled(double factor, double[] from, int first, double[] to, int start) {
    for (int o = 0; o < outputs; o++) {
      to[start + o] += factor * from[first + o];
    }
  }

  /** Four sums at a time, which a processor adds side by side. */
  private double dot(int first, double[] vector, int start) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int o = 0;
    for (; o + 3 < outputs; o += 4) {
      s0 += weights[first + o] * vector[start + o];
      s1 += weights[first + o + 1] * vector[start + o + 1];
      s2 += weights[first + o + 2] * vector[start + o + 2];
      s3 += weights[first + o + 3] * vector[start + o + 3];
    }
    for (; o < outputs; o++) {
      s0 += weights[first + o] * vector[start + o];
    }
    return s0 + s1 + (s2 + s3);
  }
}
