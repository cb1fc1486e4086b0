/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/** How one number of a {@link TensorView} is stored. All types are little endian. */
public enum ElementType {
  /** IEEE 754 binary32. */
  F32(4),
  /** IEEE 754 binary64. */
  F64(8),
  /** IEEE 754 binary16. */
  F16(2),
  /** bfloat16: the upper half of a binary32. */
  BF16(2);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /**
   * Size of one element.
   *
   * @return the size in bytes
   */
  public int bytes() {
    return bytes;
  }
}
