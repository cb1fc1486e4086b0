/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The ranked training examples on one side of a query, in pages, as many as the budget allows.
 * Rendered when it is made, because others need to know how many there are.
 */
final class HitList {
  private static final int PER_PAGE = 50;

  private final String title;
  private final String none;
  private final List<ReportHit> hits;
  private final Parts parts;
  private final double strongest;
  private final List<String> items = new ArrayList<>();
  private int counted;

  HitList(String title, String none, List<ReportHit> hits, Parts parts, Budget budget) {
    this.title = title;
    this.none = none;
    this.hits = hits;
    this.parts = parts;
    strongest = hits.stream().mapToDouble(hit -> Math.abs(hit.score())).max().orElse(0);
    long share = budget.share();
    long limit = Budget.text(share, hits.size());
    long used = 0;
    for (int rank = 0; rank < Math.min(hits.size(), Budget.HITS); rank++) {
      StringBuilder body = new StringBuilder();
      body(body, hits.get(rank), limit);
      String item = item(rank, body.toString());
      used += body.length() + item.length();
      if (rank > 0 && used > share) {
        break;
      }
      items.add(item);
    }
    budget.spend(used);
  }

  /** Those that the page holds. */
  List<ReportHit> listed() {
    return hits.subList(0, items.size());
  }

  /** Characters of bodies that stand in the list and are counted as shown at once. */
  int counted() {
    return counted;
  }

  void append(StringBuilder html) {
    html.append("<div class=side><h3>").append(title).append("</h3>\n");
    if (hits.isEmpty()) {
      html.append("<p>").append(none).append("</p></div>\n");
      return;
    }
    if (items.size() < hits.size()) {
      html.append("<p class=left>The ").append(Numbers.grouped(items.size()));
      html.append(" strongest of ").append(Numbers.grouped(hits.size())).append(" are listed; ");
      html.append(Numbers.grouped(hits.size() - items.size()));
      html.append(" are left out of this page, which would be too large.</p>\n");
    }
    Pager pager = new Pager("this list", parts, 0);
    for (int from = 0; from < items.size(); from += PER_PAGE) {
      int to = Math.min(items.size(), from + PER_PAGE);
      pager.add(
          "<ol class=hits start="
              + (from + 1)
              + " data-label=\""
              + label(from, to)
              + "\">\n"
              + String.join("", items.subList(from, to))
              + "</ol>");
    }
    pager.append(html, label(0, Math.min(items.size(), PER_PAGE)));
    html.append("</div>\n");
  }

  private String label(int from, int to) {
    return Pager.label("Examples", from, to, items.size());
  }

  /** The first is open, to show what there is to see. */
  private String item(int rank, String body) {
    ReportHit hit = hits.get(rank);
    StringBuilder html = new StringBuilder();
    long width = strongest > 0 ? Math.round(100 * Math.abs(hit.score()) / strongest) : 0;
    boolean fits = parts.fits(body.length());
    boolean now = rank == 0 || fits;
    html.append("<li><details class=hit").append(rank == 0 ? " open" : "");
    html.append(now ? "" : " data-part=" + parts.keep(body)).append("><summary>");
    html.append("<span class=rank>").append(rank + 1).append("</span> <bdi class=label>");
    html.append(Html.label(hit.label())).append("</bdi> <span class=score>");
    html.append(Numbers.signed(hit.score())).append("</span><span class=size><span class=");
    html.append(TokenText.sign(hit.score())).append(" style=--w:").append(width);
    html.append("%></span></span><span class=preview dir=auto>");
    new TokenText(hit.tokens()).preview(html);
    html.append("</span></summary>\n");
    if (now) {
      html.append(body);
      counted += fits ? body.length() : 0;
    }
    return html.append("</details></li>\n").toString();
  }

  private void body(StringBuilder html, ReportHit hit, long limit) {
    TokenText tokens = new TokenText(hit.tokens());
    tokens.text(html, parts, limit);
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
  }
}
