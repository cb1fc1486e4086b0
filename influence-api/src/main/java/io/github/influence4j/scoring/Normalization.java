/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

/** The unit of a score. */
public enum Normalization {
  /**
   * The raw inner product ⟨∇query, (G+λI)⁻¹ ∇train⟩. Large: 1e4 to 1e7 is common for language
   * models.
   */
  NONE,
  /**
   * Divided by the number of training examples scanned: estimates by how much the query's loss
   * falls when one more copy of the training example is added to exactly those examples. Not
   * meaningful when only candidates are scanned; take NONE and divide by the size of the real
   * training set.
   */
  PER_EXAMPLE
}
