/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.huggingface.TokenSequence;
import java.util.Arrays;
import java.util.List;

/**
 * A sequence of the corpus or a query, with what to show of it.
 *
 * @param label what to call it
 * @param sequence as the model sees it
 * @param texts of its tokens
 */
public record Piece(String label, TokenSequence sequence, List<String> texts) {
  /**
   * How many tokens it has.
   *
   * @return 2 or more
   */
  public int length() {
    return sequence.length();
  }

  /**
   * Its tokens as the terms of a search.
   *
   * @return their ids
   */
  public int[] terms() {
    return Arrays.stream(sequence.ids()).mapToInt(Math::toIntExact).toArray();
  }
}
