/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * Both sides of one layer for a batch of examples. Example e owns rows {@code offsets[e]}
 * (included) to {@code offsets[e+1]} (excluded) of both sides; its gradient is the sum of the outer
 * products of its rows, {@code g = Σ_t gradients_t activations_tᵀ}, of shape [{@code
 * gradients.dimension()}, {@code activations.dimension()}].
 *
 * @param activations layer inputs, M columns counting the homogeneous one
 * @param gradients output gradients, P columns
 * @param offsets examples+1 non-decreasing row numbers, first 0, last the number of rows
 */
public record ExampleRows(Rows activations, Rows gradients, int[] offsets) {
  /**
   * Number of examples.
   *
   * @return the number
   */
  public int examples() {
    return offsets.length - 1;
  }

  /**
   * M.
   *
   * @return columns of the gradient
   */
  public int inputs() {
    return activations.dimension();
  }

  /**
   * P.
   *
   * @return rows of the gradient
   */
  public int outputs() {
    return gradients.dimension();
  }
}
