/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.examples.lm.model.Transformer;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.report.ReportHit;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.report.ReportToken;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints the results. */
final class LmConsole {
  private static final int SHOWN = 3;
  private static final int BEFORE = 12;
  private static final int AFTER = 9;

  private final PrintWriter out;

  LmConsole(PrintWriter out) {
    this.out = out;
  }

  void data(String source, int documents, Corpus corpus, Transformer model) {
    print("%s: %,d documents, ", source, documents);
    print("%,d training sequences.%n", corpus.training().size());
    print("Model: %s; %,d parameters.%n", model.shape(), model.parameterCount());
  }

  void trained(Losses losses) {
    print("%s%n", losses);
  }

  void explained(List<ReportQuery> queries, String method) {
    print("%nWHICH TRAINING TEXT MADE IT SAY SO?  (%s)%n", method);
    for (ReportQuery query : queries) {
      print("%n%s%n", query.label());
      hits("for", query.proponents());
      hits("against", query.opponents());
    }
  }

  private void hits(String side, List<ReportHit> hits) {
    for (ReportHit hit : hits.subList(0, Math.min(SHOWN, hits.size()))) {
      print("  %-8s%+9.4f  …%s…%n", side, hit.score(), excerpt(hit.tokens()));
      print("                     %s%n", hit.label());
    }
  }

  /** The tokens around the one that matters most. */
  private static String excerpt(List<ReportToken> tokens) {
    int strongest = 0;
    for (int t = 1; t < tokens.size(); t++) {
      if (Math.abs(tokens.get(t).score()) > Math.abs(tokens.get(strongest).score())) {
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

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    out.printf(Locale.ROOT, format, arguments);
    out.flush();
  }
}
