/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.report.ReportHit;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.report.ReportToken;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HitPrinterTest {
  /** The first token of a sequence is not predicted and has no score. */
  @Test
  void showsTheTokensAroundTheStrongest() {
    List<ReportToken> tokens = new ArrayList<>();
    for (int t = 0; t < 60; t++) {
      tokens.add(new ReportToken(" t" + t, t == 0 ? Double.NaN : t == 40 ? -3 : 0.1));
    }
    ReportHit hit = new ReportHit("text", 1, tokens, Map.of());
    StringWriter out = new StringWriter();
    new HitPrinter(new PrintWriter(out))
        .print(new ReportQuery("query", List.of(), List.of(hit), List.of(), new double[] {1}));
    assertThat(out.toString()).contains(" t28 ", " t40 ", " t48…").doesNotContain(" t27 ", " t49");
  }
}
