/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.compute;

import io.github.influence4j.capture.ElementType;

/**
 * The arithmetic a backend computes in. Covariances, eigenvalues and sums of scores are accumulated
 * in float64 in either.
 */
public enum Precision {
  /** Single precision. */
  F32(ElementType.F32),
  /** Double precision. */
  F64(ElementType.F64);

  private final ElementType type;

  Precision(ElementType type) {
    this.type = type;
  }

  /**
   * The element type of what a backend of this precision stores.
   *
   * @return F32 or F64
   */
  public ElementType type() {
    return type;
  }
}
