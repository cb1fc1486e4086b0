/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One query: its text, its hits, its layers and the distribution of its scores. */
final class QuerySection {
  private final ReportQuery query;
  private final int number;

  QuerySection(ReportQuery query, int number) {
    this.query = query;
    this.number = number;
  }

  String id() {
    return "q" + number;
  }

  void append(StringBuilder html) {
    html.append("<section id=").append(id()).append(" aria-labelledby=").append(id());
    html.append("-title>\n<h2 id=").append(id()).append("-title><bdi>");
    html.append(Html.text(query.label())).append("</bdi></h2>\n<div class=query>");
    TokenText tokens = new TokenText(query.tokens());
    tokens.text(html);
    if (tokens.hasScores()) {
      html.append("<details><summary>The query’s own tokens in numbers</summary>");
      tokens.strongestTokens(html);
      html.append("</details>");
    }
    html.append("</div>\n<p class=tools hidden><button type=button data-open=1>Open all</button> ");
    html.append("<button type=button>Close all</button></p>\n<div class=sides>");
    new HitList(
            "Proponents: they make the query more likely",
            "No training example speaks for this query.",
            query.proponents())
        .append(html);
    new HitList(
            "Opponents: they make the query less likely",
            "No training example speaks against this query.",
            query.opponents())
        .append(html);
    html.append("</div>\n");
    layers(html);
    if (query.scores().length > 0) {
      new ScoreDistribution(query.scores()).append(html);
    }
    html.append("</section>\n");
  }

  private void layers(StringBuilder html) {
    Map<String, Double> forQuery = sum(query.proponents());
    Map<String, Double> against = sum(query.opponents());
    if (forQuery.isEmpty() && against.isEmpty()) {
      return;
    }
    html.append("<h3>Where in the model the influence sits</h3>\n<div class=sides>");
    for (Map<String, Double> layers : List.of(forQuery, against)) {
      if (!layers.isEmpty()) {
        String side = layers == forQuery ? "proponents" : "opponents";
        html.append("<div class=side>");
        new LayerTable("All " + side + " shown, summed", layers).append(html);
        html.append("</div>");
      }
    }
    html.append("</div>\n");
  }

  private static Map<String, Double> sum(List<ReportHit> hits) {
    Map<String, Double> sum = new LinkedHashMap<>();
    hits.forEach(hit -> hit.layers().forEach((layer, part) -> sum.merge(layer, part, Double::sum)));
    return sum;
  }
}
