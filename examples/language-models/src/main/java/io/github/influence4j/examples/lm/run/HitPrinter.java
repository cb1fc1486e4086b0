/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.report.ReportHit;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.report.ReportToken;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints the strongest hits of queries. */
public final class HitPrinter {
  private static final int SHOWN = 3;
  private static final int BEFORE = 12;
  private static final int AFTER = 9;

  private final PrintWriter out;

  /**
   * Prints.
   *
   * @param out where to
   */
  public HitPrinter(PrintWriter out) {
    this.out = out;
  }

  /**
   * Prints a query and what spoke for and against it.
   *
   * @param query with its hits
   */
  public void print(ReportQuery query) {
    out.printf(Locale.ROOT, "%n%s%n", query.label());
    hits("for", query.proponents());
    hits("against", query.opponents());
    out.flush();
  }

  private void hits(String side, List<ReportHit> hits) {
    for (ReportHit hit : hits.subList(0, Math.min(SHOWN, hits.size()))) {
      out.printf(Locale.ROOT, "  %-8s%+9.4f  …%s…%n", side, hit.score(), excerpt(hit.tokens()));
      out.printf(Locale.ROOT, "                     %s%n", hit.label());
    }
  }

  /** A token that is not predicted, such as the first, has no score. */
  private static double strength(ReportToken token) {
    return Double.isNaN(token.score()) ? 0 : Math.abs(token.score());
  }

  /** The tokens around the one that matters most. */
  private static String excerpt(List<ReportToken> tokens) {
    int strongest = 0;
    for (int t = 1; t < tokens.size(); t++) {
      if (strength(tokens.get(t)) > strength(tokens.get(strongest))) {
        strongest = t;
      }
    }
    return tokens
        .subList(Math.max(0, strongest - BEFORE), Math.min(tokens.size(), strongest + AFTER))
        .stream()
        .map(ReportToken::text)
        .collect(Collectors.joining())
        .replaceAll("\\s+", " ");
  }
}
