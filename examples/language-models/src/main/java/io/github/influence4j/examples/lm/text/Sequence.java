/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import java.util.Arrays;

/**
 * Tokens that the model reads at once: a piece of a document to learn from, or a query. The model
 * sees {@link Tokenizer#START}, then the tokens; row t of its output predicts token t.
 *
 * @param document where it comes from
 * @param number which piece of the document, from 0
 * @param tokens [T], at least one
 * @param promptLength tokens that the model is given: their prediction does not count in the loss.
 *     0 for what is learnt from
 */
public record Sequence(Document document, int number, int[] tokens, int promptLength) {
  /** PyTorch's label of rows without a loss. */
  private static final long IGNORED = -100;

  /** Checks the lengths. */
  public Sequence {
    if (promptLength < 0 || promptLength >= tokens.length) {
      throw new IllegalArgumentException(
          "Sequence of \""
              + document.title()
              + "\": "
              + tokens.length
              + " tokens, "
              + promptLength
              + " of them the prompt; leave at least one token to predict.");
    }
  }

  /**
   * Rows of the model's output.
   *
   * @return T
   */
  public int length() {
    return tokens.length;
  }

  /**
   * What the model reads.
   *
   * @return [T]: the start, then all tokens but the last
   */
  public long[] inputs() {
    long[] inputs = new long[tokens.length];
    inputs[0] = Tokenizer.START;
    for (int t = 1; t < inputs.length; t++) {
      inputs[t] = tokens[t - 1];
    }
    return inputs;
  }

  /**
   * What the model shall say.
   *
   * @return [T]: all tokens, -100 in place of those of the prompt
   */
  public long[] labels() {
    long[] labels = new long[tokens.length];
    Arrays.setAll(labels, t -> t < promptLength ? IGNORED : tokens[t]);
    return labels;
  }
}
