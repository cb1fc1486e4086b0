/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

/** The loss behind the last layer of a {@link FeedForwardOperator}, by its Hessian H. */
public enum OutputLoss {
  /** Softmax and cross-entropy: {@code diag(p) - p pᵀ}. */
  SOFTMAX_CROSS_ENTROPY {
    @Override
    void multiply(double[] outputs, double[] tangents, int first, int count) {
      double max = Double.NEGATIVE_INFINITY;
      for (int i = first; i < first + count; i++) {
        max = Math.max(max, outputs[i]);
      }
      double sum = 0;
      double dot = 0;
      for (int i = first; i < first + count; i++) {
        double p = Math.exp(outputs[i] - max);
        sum += p;
        dot += p * tangents[i];
      }
      for (int i = first; i < first + count; i++) {
        tangents[i] = Math.exp(outputs[i] - max) / sum * (tangents[i] - dot / sum);
      }
    }
  },
  /** ½(f − y)²: the identity. */
  HALF_SQUARED_ERROR {
    @Override
    void multiply(double[] outputs, double[] tangents, int first, int count) {
      // is what it is
    }
  },
  /** (f − y)²: twice the identity. */
  SQUARED_ERROR {
    @Override
    void multiply(double[] outputs, double[] tangents, int first, int count) {
      for (int i = first; i < first + count; i++) {
        tangents[i] *= 2;
      }
    }
  };

  /** The tangents of one row times H, in place. */
  abstract void multiply(double[] outputs, double[] tangents, int first, int count);
}
