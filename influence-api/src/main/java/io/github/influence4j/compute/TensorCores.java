/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.compute;

/**
 * Whether covariances are multiplied on a GPU's tensor cores, which are many times faster and round
 * their inputs first. Products are exact, partial sums of at most 4096 rows are in float32, the
 * rest in float64. Rounding inputs by a relative u changes an element of a covariance by at most
 * {@code (2u + u²) Σ|x_i x_j|} over its rows; the float32 sums add 6e-5 of the same at most. All
 * else is computed in full precision. Backends without tensor cores compute covariances in full
 * precision whatever is asked.
 */
public enum TensorCores {
  /** Full precision. */
  OFF,
  /** TF32, a mantissa of 11 bits: u = 2⁻¹¹, errors up to 1.1e-3 of Σ|x_i x_j|. */
  TF32,
  /**
   * Bfloat16, a mantissa of 8 bits: u = 2⁻⁸, errors up to 8e-3 of Σ|x_i x_j|; none if the inputs
   * are bfloat16 already.
   */
  BF16
}
