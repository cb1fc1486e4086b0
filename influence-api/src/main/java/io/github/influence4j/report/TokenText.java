/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A text whose tokens show their parts of the score. */
final class TokenText {
  private static final int STRONGEST = 5;
  private static final int PREVIEW = 90;

  /** Characters of markup that are laid out at once. */
  private static final int PAGE = 150_000;

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

  /**
   * The text, in pages where it is long. What exceeds the limit is left out at its ends, as far
   * from the strongest token as possible.
   *
   * @param limit in characters of markup
   */
  void text(StringBuilder html, Parts parts, long limit) {
    int from = strongestPlace();
    for (long before = 0; from > 0 && before < limit / 4; ) {
      before += Html.size(tokens.get(--from).text());
    }
    int to = from;
    for (long size = 0; to < tokens.size() && size < limit; to++) {
      size += Html.size(tokens.get(to).text());
    }
    if (to - from < tokens.size()) {
      html.append("<p class=left>").append(Pager.label("Tokens", from, to, tokens.size()));
      html.append(" are shown, around the strongest; ");
      html.append(Numbers.grouped(tokens.size() - (to - from)));
      html.append(" are left out of this page, which would be too large.</p>\n");
    }
    pages(html, parts, from, to);
  }

  private void pages(StringBuilder html, Parts parts, int from, int to) {
    int centre = strongestPlace();
    List<Integer> starts = starts(from, to);
    int first = 0;
    while (first < starts.size() - 2 && starts.get(first + 1) <= centre) {
      first++;
    }
    Pager pager = new Pager("this text", parts, first);
    for (int page = 0; page < starts.size() - 1; page++) {
      pager.add(page(starts.get(page), starts.get(page + 1)));
    }
    pager.append(html, label(starts.get(first), starts.get(first + 1)));
  }

  private String label(int from, int to) {
    return Pager.label("Tokens", from, to, tokens.size());
  }

  /** Where pages begin, and at last where the text ends. */
  private List<Integer> starts(int from, int to) {
    List<Integer> starts = new ArrayList<>(List.of(from));
    long size = 0;
    for (int t = from; t < to; t++) {
      if (size > PAGE) {
        starts.add(t);
        size = 0;
      }
      size += Html.size(tokens.get(t).text());
    }
    starts.add(to);
    return starts;
  }

  private String page(int from, int to) {
    boolean coloured = hasScores();
    StringBuilder html = new StringBuilder("<div class=text dir=auto");
    if (to - from < tokens.size()) {
      html.append(" data-first=").append(from + 1);
      html.append(" data-label=\"").append(label(from, to)).append('"');
    }
    html.append('>');
    for (ReportToken token : tokens.subList(from, to)) {
      if (coloured) {
        html.append(start(token)).append(Html.token(token.text())).append("</span>");
      } else {
        html.append(Html.token(token.text()));
      }
    }
    return html.append("</div>\n").toString();
  }

  private int strongestPlace() {
    return scored().boxed().max(Comparator.comparingDouble(t -> Math.abs(score(t)))).orElse(0);
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
    int centre = strongestPlace();
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
      String text = Html.text(Html.cut(tokens.get(t).text(), PREVIEW));
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
