/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/** What a convolution sees beyond the border of its input. */
public enum PaddingMode {
  /** Zeros. */
  ZEROS,
  /** The input mirrored at its border, which is not repeated: {@code c b | a b c | b a}. */
  REFLECT,
  /** The border repeated: {@code a a | a b c | c c}. */
  REPLICATE,
  /** The opposite side: {@code b c | a b c | a b}. */
  CIRCULAR
}
