/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/** Preconditioned query gradients V of one layer, to be dotted with training gradients. */
public sealed interface QueryFactors extends AutoCloseable {
  /**
   * Number of queries.
   *
   * @return Q
   */
  int queries();

  /** Frees the tensors; idempotent. */
  @Override
  void close();

  /**
   * Full matrices.
   *
   * @param values [Q, P, M] in the backend's precision; owned
   */
  record Dense(BackendTensor values) implements QueryFactors {
    @Override
    public int queries() {
      return (int) values.shape()[0];
    }

    @Override
    public void close() {
      values.close();
    }
  }

  /**
   * Truncated singular value decompositions, {@code V_q ≈ left_q right_qᵀ}.
   *
   * @param left [Q, P, r] in the backend's precision, singular values included; owned
   * @param right [Q, M, r] in the backend's precision; owned
   * @param residuals {@code ‖V − V_r‖_F / ‖V‖_F} of each query, 0 where V is 0
   */
  record LowRank(BackendTensor left, BackendTensor right, double[] residuals)
      implements QueryFactors {
    @Override
    public int queries() {
      return (int) left.shape()[0];
    }

    @Override
    public void close() {
      left.close();
      right.close();
    }
  }
}
