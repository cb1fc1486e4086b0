/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import java.util.Arrays;

/**
 * A text as the model sees it: tokens, and which of them it is to predict. Without padding: how
 * sequences are batched changes no result.
 */
public final class TokenSequence {
  /** The label of a token that is not to be predicted. */
  public static final long IGNORED = -100;

  private final long[] ids;
  private final long[] labels;

  private TokenSequence(long[] ids, long[] labels) {
    this.ids = ids;
    this.labels = labels;
  }

  /**
   * A text of which every token but the first is to be predicted.
   *
   * @param ids two tokens or more
   * @return the sequence
   */
  public static TokenSequence of(long... ids) {
    return withLabels(ids, ids);
  }

  /**
   * A completion to be predicted after a prompt.
   *
   * @param prompt one token or more
   * @param completion one token or more
   * @return both, one after the other
   */
  public static TokenSequence completion(long[] prompt, long[] completion) {
    if (prompt.length == 0 || completion.length == 0) {
      throw new IllegalArgumentException(
          "The " + (prompt.length == 0 ? "prompt" : "completion") + " has no tokens.");
    }
    long[] ids = Arrays.copyOf(prompt, prompt.length + completion.length);
    System.arraycopy(completion, 0, ids, prompt.length, completion.length);
    long[] labels = ids.clone();
    Arrays.fill(labels, 0, prompt.length, IGNORED);
    return new TokenSequence(ids, labels);
  }

  /**
   * Tokens with labels of their own, as transformers takes them.
   *
   * @param ids two tokens or more
   * @param labels of the same length, not shifted: place i holds the token to be predicted there,
   *     or {@link #IGNORED}; the first never counts
   * @return the sequence
   */
  public static TokenSequence withLabels(long[] ids, long[] labels) {
    if (ids.length < 2) {
      throw new IllegalArgumentException(
          "A sequence has "
              + ids.length
              + " tokens; a model predicts each from those before, so"
              + " give it 2 or more.");
    }
    if (labels.length != ids.length) {
      throw new IllegalArgumentException(
          "A sequence of " + ids.length + " tokens has " + labels.length + " labels.");
    }
    return new TokenSequence(ids.clone(), labels.clone());
  }

  /**
   * How many tokens there are.
   *
   * @return 2 or more
   */
  public int length() {
    return ids.length;
  }

  /**
   * How many tokens are to be predicted.
   *
   * @return 0 to length − 1
   */
  public int targets() {
    return (int) Arrays.stream(labels).skip(1).filter(label -> label != IGNORED).count();
  }

  /**
   * The tokens.
   *
   * @return a copy
   */
  public long[] ids() {
    return ids.clone();
  }

  /**
   * What is to be predicted.
   *
   * @return a copy, not shifted
   */
  public long[] labels() {
    return labels.clone();
  }
}
