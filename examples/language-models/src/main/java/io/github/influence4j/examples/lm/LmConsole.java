/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.examples.lm.model.Transformer;
import io.github.influence4j.examples.lm.run.HitPrinter;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.report.ReportQuery;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Prints the results. */
final class LmConsole {
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
    queries.forEach(new HitPrinter(out)::print);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    out.printf(Locale.ROOT, format, arguments);
    out.flush();
  }
}
