/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * A query and what speaks for and against it.
 *
 * @param label what to call it
 * @param tokens its text; a token's score is its own part where the query's rows were scored, else
 *     NaN
 * @param proponents the strongest first; positive scores
 * @param opponents the strongest first; negative scores
 * @param scores of all training examples, for the distribution; empty for none
 */
public record ReportQuery(
    String label,
    List<ReportToken> tokens,
    List<ReportHit> proponents,
    List<ReportHit> opponents,
    double[] scores) {
  /** Copies the lists, refuses scores that are not finite. */
  public ReportQuery {
    Objects.requireNonNull(label, "label");
    tokens = List.copyOf(tokens);
    proponents = List.copyOf(proponents);
    opponents = List.copyOf(opponents);
    scores = scores.clone();
    for (double score : scores) {
      ReportHit.requireFinite(score, "a score of query", label);
    }
  }

  /**
   * A query with its strongest hits, and with all its scores where they were kept (no topK).
   *
   * @param label what to call it
   * @param tokens its text
   * @param scores of the run
   * @param query its number in the run
   * @param top how many proponents and how many opponents to show at most
   * @param describe turns a hit into what is shown of it
   * @return the query to show
   */
  public static ReportQuery of(
      String label,
      List<ReportToken> tokens,
      InfluenceScores scores,
      int query,
      int top,
      Function<Hit, ReportHit> describe) {
    return new ReportQuery(
        label,
        tokens,
        scores.proponents(query).stream().limit(top).map(describe).toList(),
        scores.opponents(query).stream().limit(top).map(describe).toList(),
        scores.options().topK() > 0 ? new double[0] : scores.scores(query));
  }

  @Override
  public double[] scores() {
    return scores.clone();
  }
}
