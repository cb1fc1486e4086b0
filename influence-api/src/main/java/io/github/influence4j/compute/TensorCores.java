/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.compute;

/**
 * Whether matrices are multiplied on a GPU's tensor cores, which are many times faster and round
 * their operands first: covariances, rotations into the eigenbasis and back, gradients of examples,
 * scores. Products are exact, sums in float32; covariances go on in float64 after 4096 rows, sums
 * over examples are in float64. Rounding operands by a relative u changes an element of a product
 * {@code Σ x y} by at most {@code (2u + u²) Σ|x y|}; the float32 sums of covariances add 6e-5 of
 * the same at most.
 *
 * <p>In full precision remain: eigen- and singular value decompositions, the gradient of an example
 * of one row and its square, what is not summed by a product (squares, weights, the dot product of
 * a gradient or of a row with a query). Scores correlate (Pearson) with those in float64 by 0.999
 * at least with TF32, by 0.95 with BF16, on the data that tests have. Backends without tensor cores
 * compute in full precision whatever is asked.
 */
public enum TensorCores {
  /** Full precision. */
  OFF,
  /** TF32, a mantissa of 11 bits: u = 2⁻¹¹, errors up to 1.1e-3 of Σ|x y|. */
  TF32,
  /**
   * Bfloat16, a mantissa of 8 bits: u = 2⁻⁸, errors up to 8e-3 of Σ|x y|; none of a covariance
   * whose inputs are bfloat16 already.
   */
  BF16
}
