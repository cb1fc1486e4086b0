/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import io.github.influence4j.lucene.Prefilter;
import io.github.influence4j.lucene.Ranking;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;

/**
 * How well the passages of the first language find their translations: mean reciprocal ranks.
 *
 * @param language of the translations
 * @param candidates to choose from
 * @param bm25 by shared words
 * @param influence by influence
 * @param relative by influence over the square root of the candidate's self-influence, which does
 *     not favour long or surprising candidates (Barshan et al. 2020)
 */
record Retrieval(String language, int candidates, double bm25, double influence, double relative) {

  static Retrieval of(
      String language,
      List<String> queries,
      List<String> translations,
      double[][] scores,
      double[] selfInfluence) {
    return new Retrieval(
        language,
        translations.size(),
        bm25(queries, translations),
        mean(scores.length, q -> scores[q]),
        mean(scores.length, q -> relative(scores[q], selfInfluence)));
  }

  private static double bm25(List<String> queries, List<String> translations) {
    try (Prefilter<String> index = Prefilter.ofTexts(translations, new StandardAnalyzer())) {
      return mean(
          queries.size(),
          q -> {
            double[] scores = new double[translations.size()];
            index
                .candidates(queries.get(q), scores.length, Ranking.BM25)
                .forEach(hit -> scores[(int) hit.example()] = hit.score());
            return scores;
          });
    }
  }

  private static double[] relative(double[] scores, double[] selfInfluence) {
    return IntStream.range(0, scores.length)
        .mapToDouble(c -> scores[c] / Math.sqrt(selfInfluence[c]))
        .toArray();
  }

  /** The right answer to query q is candidate q. */
  private static double mean(int queries, IntFunction<double[]> scores) {
    return IntStream.range(0, queries)
        .mapToDouble(q -> ReciprocalRank.of(scores.apply(q), q))
        .average()
        .orElseThrow();
  }

  static String head() {
    return String.format(
        "%-12s%12s%10s%10s%12s%12s",
        "language", "candidates", "chance", "BM25", "influence", "relative");
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%-12s%12d%10.3f%10.3f%12.3f%12.3f",
        language,
        candidates,
        ReciprocalRank.chance(candidates),
        bm25,
        influence,
        relative);
  }
}
