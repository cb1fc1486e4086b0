/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * One token and its part of a score.
 *
 * @param text the token as it stands in the text, white space included; any string is safe
 * @param score its part of the score, in the score's unit and with its sign; NaN where it has none
 *     (context only)
 */
public record ReportToken(String text, double score) {
  /** Refuses infinite scores. */
  public ReportToken {
    Objects.requireNonNull(text, "text");
    if (Double.isInfinite(score)) {
      throw new IllegalArgumentException(
          "The score of token \"" + text + "\" must be finite, or NaN for none; got " + score);
    }
  }

  /**
   * Text without scores.
   *
   * @param texts the tokens
   * @return one token each, with score NaN
   */
  public static List<ReportToken> context(List<String> texts) {
    return scored(texts, new double[0]);
  }

  /**
   * Text with the scores of its rows. The scores belong to the last tokens: in a language model,
   * whose row t predicts token t + 1, the first token has no row and stays context.
   *
   * @param texts the tokens
   * @param scores their parts of the score, as {@link
   *     io.github.influence4j.scoring.InfluenceScores#rowScores} gives them; at most one a token
   * @return one token each
   */
  public static List<ReportToken> scored(List<String> texts, double[] scores) {
    int context = texts.size() - scores.length;
    if (context < 0) {
      throw new IllegalArgumentException(
          scores.length
              + " scores for "
              + texts.size()
              + " tokens; give the text of every row, and no padding.");
    }
    return IntStream.range(0, texts.size())
        .mapToObj(
            t -> new ReportToken(texts.get(t), t < context ? Double.NaN : scores[t - context]))
        .toList();
  }
}
