/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

/** What lies between the layers of a {@link FeedForwardOperator}. */
public enum Activation {
  /** max(s, 0). */
  RELU {
    @Override
    double value(double s) {
      return Math.max(s, 0);
    }

    @Override
    double slope(double s) {
      return s > 0 ? 1 : 0;
    }
  },
  /** tanh s. */
  TANH {
    @Override
    double value(double s) {
      return Math.tanh(s);
    }

    @Override
    double slope(double s) {
      double t = Math.tanh(s);
      return 1 - t * t;
    }
  },
  /** s: deep linear networks. */
  IDENTITY {
    @Override
    double value(double s) {
      return s;
    }

    @Override
    double slope(double s) {
      return 1;
    }
  };

  /** At s. */
  abstract double value(double s);

  /** The derivative at s. */
  abstract double slope(double s);
}
