/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a {@link RetrievalFunnel} found, and how far it can be trusted.
 *
 * @param queries in the order of the queries
 * @param costs a stage each, in their order
 */
public record FunnelResult(List<QueryHits> queries, List<StageCost> costs) {
  /** Copies the lists. */
  public FunnelResult {
    queries = List.copyOf(queries);
    costs = List.copyOf(costs);
  }

  /**
   * The reports as a table.
   *
   * @return lines to read, one a query and stage, then one a stage
   */
  public String explain() {
    StringBuilder text = new StringBuilder();
    for (int q = 0; q < queries.size(); q++) {
      for (StageReport report : queries.get(q).stages()) {
        text.append(
            String.format(
                Locale.ROOT,
                "query %d %s: kept %d of %d, rank agreement %s (controls) %s (survivors),"
                    + " recall %s (%d of %d controls)%n",
                q,
                report.stage(),
                report.kept(),
                report.offered(),
                number(report.controlAgreement()),
                number(report.survivorAgreement()),
                number(report.recall()),
                report.found(),
                report.wanted()));
      }
    }
    for (StageCost cost : costs) {
      text.append(
          String.format(
              Locale.ROOT,
              "%s: gradients of %d examples, %.3f s%n",
              cost.stage(),
              cost.gradients(),
              cost.elapsed().toNanos() / 1e9));
    }
    return text.toString();
  }

  private static String number(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%.3f", value.getAsDouble()) : "unknown";
  }
}
