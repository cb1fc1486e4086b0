/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import java.util.List;

/**
 * An orthonormal basis of one side of a layer: the identity, or block-diagonal with one eigenvector
 * matrix a block.
 *
 * @param dimension number of features
 * @param blocks square tensors in the backend's precision, eigenvectors in columns, in the order of
 *     the features; empty for the identity. Borrowed: whoever made them closes them
 */
public record Basis(int dimension, List<BackendTensor> blocks) {
  /** Copies the list. */
  public Basis {
    blocks = List.copyOf(blocks);
  }

  /**
   * The identity.
   *
   * @param dimension number of features
   * @return a basis that rotates nothing
   */
  public static Basis identity(int dimension) {
    return new Basis(dimension, List.of());
  }

  /**
   * Whether this is the identity.
   *
   * @return true if nothing is rotated
   */
  public boolean isIdentity() {
    return blocks.isEmpty();
  }
}
