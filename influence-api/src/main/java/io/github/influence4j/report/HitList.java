/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.List;

/** The ranked training examples on one side of a query. */
final class HitList {
  private final String title;
  private final String none;
  private final List<ReportHit> hits;

  HitList(String title, String none, List<ReportHit> hits) {
    this.title = title;
    this.none = none;
    this.hits = hits;
  }

  void append(StringBuilder html) {
    html.append("<div class=side><h3>").append(title).append("</h3>\n");
    if (hits.isEmpty()) {
      html.append("<p>").append(none).append("</p></div>\n");
      return;
    }
    double strongest = hits.stream().mapToDouble(hit -> Math.abs(hit.score())).max().orElse(0);
    html.append("<ol class=hits>\n");
    for (int rank = 0; rank < hits.size(); rank++) {
      hit(html, rank, hits.get(rank), strongest);
    }
    html.append("</ol></div>\n");
  }

  /** The first is open, to show what there is to see. */
  private static void hit(StringBuilder html, int rank, ReportHit hit, double strongest) {
    TokenText tokens = new TokenText(hit.tokens());
    long width = strongest > 0 ? Math.round(100 * Math.abs(hit.score()) / strongest) : 0;
    html.append("<li><details class=hit").append(rank == 0 ? " open" : "").append("><summary>");
    html.append("<span class=rank>").append(rank + 1).append("</span> <bdi class=label>");
    html.append(Html.text(hit.label())).append("</bdi> <span class=score>");
    html.append(Numbers.signed(hit.score())).append("</span><span class=size><span class=");
    html.append(TokenText.sign(hit.score())).append(" style=--w:").append(width);
    html.append("%></span></span><span class=preview dir=auto>");
    tokens.preview(html);
    html.append("</span></summary>\n");
    tokens.text(html);
    if (tokens.hasScores()) {
      tokens.strongestTokens(html);
      html.append("<details class=every hidden><summary>Every token with its part</summary>");
      html.append("<table><caption>Every token</caption><thead><tr><th scope=col>Token");
      html.append("<th scope=col>Place<th scope=col>Part of the score</thead><tbody></tbody>");
      html.append("</table></details>\n");
    }
    if (!hit.layers().isEmpty()) {
      new LayerTable("Layers", hit.layers()).append(html);
    }
    html.append("</details></li>\n");
  }
}
