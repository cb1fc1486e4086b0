/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A text whose tokens show their parts of the score. */
final class TokenText {
  private static final int STRONGEST = 5;
  private static final int PREVIEW = 90;

  private final List<ReportToken> tokens;
  private final double strongest;

  TokenText(List<ReportToken> tokens) {
    this.tokens = tokens;
    strongest = scored().mapToDouble(t -> Math.abs(tokens.get(t).score())).max().orElse(0);
  }

  boolean hasScores() {
    return scored().findAny().isPresent();
  }

  private IntStream scored() {
    return IntStream.range(0, tokens.size()).filter(t -> !Double.isNaN(tokens.get(t).score()));
  }

  /** The whole text. */
  void text(StringBuilder html) {
    boolean coloured = hasScores();
    html.append("<div class=text dir=auto>");
    for (ReportToken token : tokens) {
      if (coloured) {
        html.append(start(token)).append(Html.token(token.text())).append("</span>");
      } else {
        html.append(Html.token(token.text()));
      }
    }
    html.append("</div>\n");
  }

  private String start(ReportToken token) {
    if (Double.isNaN(token.score())) {
      return "<span class=c>";
    }
    String level = Scale.level(token.score(), strongest);
    String colour = level.isEmpty() ? "" : " class=" + level;
    return "<span" + colour + " title=" + Numbers.signed(token.score()) + ">";
  }

  /** The words around the strongest token, in one line. */
  void preview(StringBuilder html) {
    int centre =
        scored().boxed().max(Comparator.comparingDouble(t -> Math.abs(score(t)))).orElse(0);
    int first = centre;
    int last = centre;
    int length = 0;
    while (length < PREVIEW && (first > 0 || last < tokens.size() - 1)) {
      if (first > 0) {
        length += tokens.get(--first).text().length();
      }
      if (last < tokens.size() - 1) {
        length += tokens.get(++last).text().length();
      }
    }
    html.append(first > 0 ? "… " : "");
    for (int t = first; t <= last && t < tokens.size(); t++) {
      String text = Html.text(tokens.get(t).text());
      html.append(t == centre && hasScores() ? "<b>" + text + "</b>" : text);
    }
    html.append(last < tokens.size() - 1 ? " …" : "");
  }

  /** What the strongest tokens add, in words and numbers. */
  void strongestTokens(StringBuilder html) {
    html.append("<table><caption>Strongest tokens</caption><thead><tr><th scope=col>Token");
    html.append("<th scope=col>Place<th scope=col>Part of the score</thead><tbody>");
    Comparator<Integer> byScore = Comparator.comparingDouble(this::score);
    rows(html, byScore.reversed(), 1);
    rows(html, byScore, -1);
    double sum = scored().mapToDouble(this::score).sum();
    html.append("</tbody><tfoot><tr><th scope=row colspan=2>All tokens<td>");
    html.append(Numbers.signed(sum)).append("</tfoot></table>\n");
  }

  private void rows(StringBuilder html, Comparator<Integer> order, int sign) {
    scored()
        .boxed()
        .filter(t -> sign * score(t) > 0)
        .sorted(order)
        .limit(STRONGEST)
        .forEach(t -> row(html, t));
  }

  private void row(StringBuilder html, int t) {
    html.append("<tr><th scope=row class=token><bdi>").append(Html.token(tokens.get(t).text()));
    html.append("</bdi><td>").append(t + 1).append("<td class=").append(sign(score(t)));
    html.append('>').append(Numbers.signed(score(t)));
  }

  static String sign(double value) {
    return value < 0 ? "n" : "p";
  }

  private double score(int t) {
    return tokens.get(t).score();
  }
}
