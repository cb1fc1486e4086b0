/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.run.HitPrinter;
import io.github.influence4j.report.InfluenceReport;
import io.github.influence4j.report.ReportQuery;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run found out, for people.
 *
 * @param queries with their hits
 * @param compared how like simpler methods each query's list is, a line each
 * @param remarks how far the lists can be trusted, a line each
 * @param method how they came about
 */
public record Answer(
    List<ReportQuery> queries, List<List<String>> compared, List<String> remarks, String method) {
  /** Copies the lists. */
  public Answer {
    queries = List.copyOf(queries);
    compared = List.copyOf(compared);
    remarks = List.copyOf(remarks);
  }

  /**
   * Prints the strongest hits.
   *
   * @param out where to
   */
  public void print(PrintWriter out) {
    out.printf("%nWHICH TRAINING TEXT MADE IT SAY SO?  (%s)%n", method);
    HitPrinter printer = new HitPrinter(out);
    for (int q = 0; q < queries.size(); q++) {
      printer.print(queries.get(q));
      compared.get(q).forEach(line -> out.printf("  %s%n", line));
    }
    if (!remarks.isEmpty()) {
      out.println();
    }
    remarks.forEach(line -> out.printf("%s%n", line));
    out.flush();
  }

  /**
   * The page.
   *
   * @param about notes about model and corpus
   * @return to be written
   */
  public InfluenceReport report(List<String> about) {
    List<String> notes = new ArrayList<>(about);
    notes.add("Method: influence functions (Grosse et al. 2023), " + method + ".");
    notes.addAll(remarks);
    notes.add(
        "Score: by how many nats the loss of the query's completion would fall, by a linear estimate,"
            + " were the training sequence there once more. Compare scores with each other; large"
            + " ones overshoot.");
    notes.add(
        "The part of a token is that of the position that predicts it. It also holds what that"
            + " position contributed to the prediction of later tokens.");
    for (int q = 0; q < queries.size(); q++) {
      String label = queries.get(q).label();
      compared.get(q).forEach(line -> notes.add(label + ". " + line));
    }
    return new InfluenceReport("Which training text made a language model say so?", notes, queries);
  }
}
