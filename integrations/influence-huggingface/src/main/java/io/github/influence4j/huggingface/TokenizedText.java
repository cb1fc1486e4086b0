/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import java.util.List;

/**
 * A text cut into tokens.
 *
 * @param text as it was given
 * @param tokens in order
 */
public record TokenizedText(String text, List<Token> tokens) {
  /** Copies the list. */
  public TokenizedText {
    tokens = List.copyOf(tokens);
  }

  /**
   * The numbers of the tokens.
   *
   * @return one for each
   */
  public long[] ids() {
    return tokens.stream().mapToLong(Token::id).toArray();
  }

  /**
   * A token.
   *
   * @param id its number
   * @param name in the vocabulary
   * @param begin the first character of the text that it stands for
   * @param end the character behind the last; the same for a special token that was added
   */
  public record Token(long id, String name, int begin, int end) {}
}
