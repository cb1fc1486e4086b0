/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.lucene.Prefilter;
import io.github.influence4j.lucene.Ranking;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.statistics.RankCorrelation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What one would find without influence functions: BM25, which sees the tokens that a sequence
 * shares with the query, and the norm of a sequence's gradient, which does not see the query.
 */
final class Baselines {
  private final List<Places> words;
  private final Places norms;

  /**
   * Two orders of the same corpus.
   *
   * @param words a number a sequence, for each query
   * @param norms a number a sequence
   */
  Baselines(List<double[]> words, double[] norms) {
    this.words = words.stream().map(Places::new).toList();
    this.norms = new Places(norms);
  }

  /** Ranks the corpus, which takes one pass over it. */
  static Baselines of(Subject subject, Influence.Builder builder) {
    List<double[]> words = new ArrayList<>();
    List<int[]> terms = subject.corpus().stream().map(Piece::terms).toList();
    try (Prefilter<int[]> index = Prefilter.ofTokens(terms)) {
      for (Piece query : subject.queries()) {
        double[] scores = new double[terms.size()];
        for (Hit hit : index.candidates(query.terms(), terms.size(), Ranking.BM25)) {
          scores[(int) hit.example()] = hit.score();
        }
        words.add(scores);
      }
    }
    try (Influence dot = builder.strategy(CurvatureStrategy.IDENTITY).build()) {
      double[] squares =
          dot.selfInfluence(
                  dot.fit(subject.training().dataLabels()), // needs no pass
                  subject.training().dataLabels(),
                  SelfInfluenceOptions.defaults())
              .scores();
      return new Baselines(words, Arrays.stream(squares).map(Math::sqrt).toArray());
    }
  }

  /** Of the gradients of all sequences, over the tracked layers. */
  double[] norms() {
    return norms.values();
  }

  /** BM25 of all sequences for a query. */
  double[] words(int query) {
    return words.get(query).values();
  }

  /**
   * How like them influence is, a line each.
   *
   * @param scores influence of all sequences on the query
   * @param top how many of the first to compare
   */
  List<String> compared(int query, double[] scores, int top) {
    int first = Math.min(top, scores.length);
    double[] strengths = Arrays.stream(scores).map(Math::abs).toArray();
    return List.of(
        line("BM25", "strongest proponents", first, new Places(scores), words.get(query)),
        line("Gradient norm", "strongest, for or against,", first, new Places(strengths), norms));
  }

  private static String line(String name, String what, int first, Places found, Places other) {
    return String.format(
        Locale.ROOT,
        "%s: of the %d %s %d are among its first %d; rank agreement over all sequences %+.2f.",
        name,
        first,
        what,
        found.shared(other, first),
        first,
        RankCorrelation.of(found.values(), other.values()));
  }

  /** The places of a sequence in the orders. */
  String places(int query, int example) {
    Places order = words.get(query);
    String place = order.values()[example] > 0 ? "place " + order.of(example) : "shares no token";
    return "BM25: " + place + ", gradient norm: place " + norms.of(example);
  }
}
