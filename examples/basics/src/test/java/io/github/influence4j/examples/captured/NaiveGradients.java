/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.TensorView;

/** Per-example weight gradients by plain loops, the bias in the last column. */
final class NaiveGradients {
  private NaiveGradients() {}

  /** Adds {@code Σ_t Ds_t ā_tᵀ} of one example of a linear layer, [outputs, inputs + 1]. */
  static void addLinear(TensorView act, TensorView grad, int example, int row, double[] out) {
    int inputs = (int) act.size(act.rank() - 1);
    int outputs = (int) grad.size(grad.rank() - 1);
    int rows = act.rank() == 2 ? 1 : (int) act.size(1);
    int stored = example * rows + row;
    for (int o = 0; o < outputs; o++) {
      double ds = grad.get(stored * outputs + o);
      for (int i = 0; i < inputs; i++) {
        out[o * (inputs + 1) + i] += ds * act.get(stored * inputs + i);
      }
      out[o * (inputs + 1) + inputs] += ds;
    }
  }

  /**
   * The gradient of one example of a convolution with reflect padding, [outputs, inputs/groups, kh,
   * kw] with a bias behind each output.
   */
  static double[] convolution(
      TensorView act,
      TensorView grad,
      int example,
      int groups,
      int[] kernel,
      int[] stride,
      int[] padding) {
    int inputs = (int) act.size(1) / groups;
    int outputs = (int) grad.size(1);
    int columns = inputs * kernel[0] * kernel[1] + 1;
    double[] out = new double[outputs * columns];
    for (int o = 0; o < outputs; o++) {
      int group = o / (outputs / groups);
      for (int y = 0; y < grad.size(2); y++) {
        for (int x = 0; x < grad.size(3); x++) {
          double ds = at(grad, example, o, y, x);
          for (int c = 0; c < inputs; c++) {
            for (int ky = 0; ky < kernel[0]; ky++) {
              for (int kx = 0; kx < kernel[1]; kx++) {
                int sourceY = reflect(y * stride[0] + ky - padding[0], (int) act.size(2));
                int sourceX = reflect(x * stride[1] + kx - padding[1], (int) act.size(3));
                int column = (c * kernel[0] + ky) * kernel[1] + kx;
                out[o * columns + column] +=
                    ds * at(act, example, group * inputs + c, sourceY, sourceX);
              }
            }
          }
          out[o * columns + columns - 1] += ds;
        }
      }
    }
    return out;
  }

  private static int reflect(int i, int size) {
    return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
  }

  private static double at(TensorView tensor, int n, int c, int y, int x) {
    long plane = tensor.size(2) * tensor.size(3);
    return tensor.get((int) ((n * tensor.size(1) + c) * plane + y * tensor.size(3) + x));
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** [queries, examples] row-major, identity curvature. */
  static double[] pairwise(double[][] queries, double[][] train) {
    double[] out = new double[queries.length * train.length];
    for (int q = 0; q < queries.length; q++) {
      for (int e = 0; e < train.length; e++) {
        out[q * train.length + e] = dot(queries[q], train[e]);
      }
    }
    return out;
  }

  /**
   * The same after division by the mean of the squared training gradients plus a tenth of its mean.
   */
  static double[] diagonalPairwise(double[][] queries, double[][] train) {
    double[] squares = new double[train[0].length];
    double mean = 0;
    for (double[] gradient : train) {
      for (int i = 0; i < squares.length; i++) {
        squares[i] += gradient[i] * gradient[i] / train.length;
        mean += gradient[i] * gradient[i] / train.length / squares.length;
      }
    }
    double[][] preconditioned = new double[queries.length][squares.length];
    for (int q = 0; q < queries.length; q++) {
      for (int i = 0; i < squares.length; i++) {
        preconditioned[q][i] = queries[q][i] / (squares[i] + 0.1 * mean);
      }
    }
    return pairwise(preconditioned, train);
  }
}
