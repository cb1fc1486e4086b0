/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.lucene;

import org.apache.lucene.search.similarities.BM25Similarity;

/**
 * How examples are ranked for a query: the sum over the query's terms, with multiplicity, of {@code
 * IDF(t) · f / (f + k1 · (1 − b + b · |D| / mean |D|))}, where f is how often the example D has the
 * term, and {@code IDF(t) = ln((C − n_t + ½) / (n_t + ½) + 1)}, with n_t of C examples having it.
 * Examples without any term do not count. As Lucene does, the BM25 of text books is divided by its
 * constant k1 + 1, and lengths |D| of 40 and more are rounded, by less than an eighth.
 *
 * @param k1 how much the second occurrence of a term adds; 0 for nothing
 * @param b how much long examples are held back, 0 to 1
 */
public record Ranking(float k1, float b) {
  /**
   * The TF-IDF of Grosse et al. 2023, appendix: each term of the query that the example has counts
   * its IDF, however often the example has it (their k1 cancels). BM25 with k1 = 0.
   */
  public static final Ranking TF_IDF = new Ranking(0, 0);

  /** BM25 with the usual k1 = 1.2 and b = 0.75. */
  public static final Ranking BM25 = new Ranking(1.2f, 0.75f);

  /** Checks the parameters. */
  public Ranking {
    if (!(k1 >= 0 && k1 < Float.POSITIVE_INFINITY && b >= 0 && b <= 1)) {
      throw new IllegalArgumentException(
          "k1 must be 0 or more and finite, b from 0 to 1; got " + k1 + " and " + b + ".");
    }
  }

  BM25Similarity similarity() {
    return new BM25Similarity(k1, b);
  }
}
