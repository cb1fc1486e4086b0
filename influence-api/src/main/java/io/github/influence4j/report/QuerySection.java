/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One query: its text, its hits, its layers and the distribution of its scores. Its heading is
 * always there; the rest of a section that is not shown from the start opens on demand.
 */
final class QuerySection {
  /** Characters of markup for the queries' own texts. */
  private static final int TEXTS = 16_000_000;

  private final ReportQuery query;
  private final int number;
  private final Parts parts;
  private final Budget budget;

  QuerySection(ReportQuery query, int number, Parts parts, Budget budget) {
    this.query = query;
    this.number = number;
    this.parts = parts;
    this.budget = budget;
  }

  String id() {
    return "q" + number;
  }

  /** Of so many sections. */
  void append(StringBuilder html, int sections) {
    HitList proponents =
        new HitList(
            "Proponents: they make the query more likely",
            "No training example speaks for this query.",
            query.proponents(),
            parts,
            budget);
    HitList opponents =
        new HitList(
            "Opponents: they make the query less likely",
            "No training example speaks against this query.",
            query.opponents(),
            parts,
            budget);
    html.append("<section id=").append(id()).append(" aria-labelledby=").append(id());
    html.append("-title>\n<h2 id=").append(id()).append("-title><bdi>");
    html.append(Html.label(query.label())).append("</bdi></h2>\n");
    StringBuilder body = new StringBuilder();
    body(body, proponents, opponents, TEXTS / sections);
    boolean fits = parts.fits(body.length() - proponents.counted() - opponents.counted());
    if (fits || number == 1) {
      html.append(body);
    } else {
      html.append("<details class=rest data-part=").append(parts.keep(body.toString()));
      html.append("><summary>Show this query</summary></details>\n");
    }
    html.append("</section>\n");
  }

  private void body(StringBuilder html, HitList proponents, HitList opponents, int limit) {
    html.append("<div class=query>");
    TokenText tokens = new TokenText(query.tokens());
    tokens.text(html, parts, limit);
    if (tokens.hasScores()) {
      html.append("<details><summary>The query’s own tokens in numbers</summary>");
      tokens.strongestTokens(html);
      html.append("</details>");
    }
    html.append("</div>\n<p class=tools hidden><button type=button data-open=1>Open all</button> ");
    html.append("<button type=button>Close all</button></p>\n<div class=sides>");
    proponents.append(html);
    opponents.append(html);
    html.append("</div>\n");
    layers(html, sum(proponents.listed()), sum(opponents.listed()));
    if (query.scores().length > 0) {
      new ScoreDistribution(query.scores()).append(html);
    }
  }

  private static void layers(
      StringBuilder html, Map<String, Double> forQuery, Map<String, Double> against) {
    if (forQuery.isEmpty() && against.isEmpty()) {
      return;
    }
    html.append("<h3>Where in the model the influence sits</h3>\n<div class=sides>");
    for (Map<String, Double> layers : List.of(forQuery, against)) {
      if (!layers.isEmpty()) {
        String side = layers == forQuery ? "proponents" : "opponents";
        html.append("<div class=side>");
        new LayerTable("All " + side + " listed, summed", layers).append(html);
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
