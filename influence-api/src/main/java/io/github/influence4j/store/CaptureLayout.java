/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import org.jspecify.annotations.Nullable;

/**
 * Which parts of a layer's tensors are whose. A part is what lies together in the file: the rows of
 * an example, one row, or one image.
 */
interface CaptureLayout {
  /** How many of the leading dimensions count parts; the others are those of one part. */
  int leading();

  /** Numbers of the parts of some consecutive examples, in the order in which they are read. */
  int[] parts(int first, int examples);

  /** For each of those parts its example, counted from the first; null for one part an example. */
  int @Nullable [] owners(int first, int examples);

  /** Values that were given as [examples, rows], in the order of those parts' rows. */
  boolean[] inOrder(boolean[] values, int examples);

  /** The example of a part; -1 for nobody's. */
  int owner(int part);

  /** Number of a row, within its example where its layer has as many of each. */
  int row(int part, int rowOfPart);

  /**
   * How many parts some consecutive examples have at most, where each batch but the last is as
   * large.
   */
  int most(int examples);
}
