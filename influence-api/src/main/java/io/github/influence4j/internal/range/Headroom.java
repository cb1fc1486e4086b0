/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.range;

import io.github.influence4j.compute.Precision;

/**
 * Binary exponents within which a backend's precision holds everything that is made of the data:
 * gradients, their squares, their sums over rows and columns, products with weights and with each
 * other. Data outside are brought inside by a power of two, weights are brought to the middle.
 *
 * <p>For a gradient of largest element 2^e the least thing that must not vanish is its square,
 * spread over 2^24 elements by a rotation and weighted, 2^(2e-24) times the least weight; the
 * largest is a product of two gradients of thousands of rows that all point the same way, times the
 * largest weight. In float32 the first is 2^-120 and the second 2^120.
 *
 * @param row the most that the exponent of a row's largest element may be on either side
 * @param least the least exponent of an example's largest product of an activation and a gradient
 * @param most above the largest such exponent
 * @param covariance what the exponents of rows must lie between, its negative included, for their
 *     squares to be summed
 * @param weights those of the weights 1/(Λ+λ)
 */
public record Headroom(int row, int least, int most, int covariance, Weights weights) {
  /**
   * What the exponents of weights must keep to.
   *
   * @param least of the least weight, at least
   * @param most of the largest weight, where the least one is not moved
   * @param moved where the least weight is moved if weights are outside of these two
   * @param limit the most of the largest weight after that
   * @param spread the most by which weights of directions that have gradients may differ
   */
  public record Weights(int least, int most, int moved, int limit, int spread) {}

  private static final Headroom F32 =
      new Headroom(24, -28, 16, 32, new Weights(-32, 60, -16, 90, 64));
  private static final Headroom F64 =
      new Headroom(200, -220, 200, 300, new Weights(-250, 250, -100, 280, 350));

  /**
   * That of a precision.
   *
   * @param precision what a backend computes in
   * @return its exponents
   */
  public static Headroom of(Precision precision) {
    return precision == Precision.F32 ? F32 : F64;
  }

  /** The exponent that examples are divided by which are summed with others of theirs. */
  int band(int exponent) {
    int width = most - least;
    return width * Math.floorDiv(exponent - least, width);
  }

  /** The same of rows whose squares are summed. */
  int covarianceBand(int exponent) {
    int width = 2 * covariance;
    return width * Math.floorDiv(exponent + covariance, width);
  }
}
