/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import java.util.Locale;

/** The part of the report about wrong labels. */
final class MislabelSection {
  private static final int SUSPECTS = 24;
  private static final int WIDTH = 480;
  private static final int HEIGHT = 240;

  private final StringBuilder html;

  MislabelSection(StringBuilder html) {
    this.html = html;
  }

  void render(MislabelHunt hunt) {
    add("<section><h2>Mislabel hunt</h2>%n");
    add("<p>%d of %d training labels (5&#8201;%%) were flipped", hunt.flips(), hunt.data().size());
    add(" and the model retrained (%.1f&#8201;%% right on the test", 100 * hunt.accuracy());
    add(" digits). A digit of high <strong>self-influence</strong> had to be learnt by heart, so");
    add(
        " somebody who checks labels should look at those first. Precision: how many of the digits");
    add(" looked at are mislabelled. Recall: how many of the mislabelled ones were found.</p>%n");
    table(hunt);
    chart(hunt);
    suspects(hunt);
    add("</section>%n");
  }

  private void table(MislabelHunt hunt) {
    add("<table><caption>Found among the digits looked at</caption><thead><tr>");
    add("<th scope=\"col\" rowspan=\"2\">Digits looked at</th>");
    for (String way : new String[] {"By self-influence", "By loss", "By chance"}) {
      add("<th scope=\"colgroup\" colspan=\"2\">%s</th>", way);
    }
    add("</tr><tr>");
    for (int i = 0; i < 3; i++) {
      add("<th scope=\"col\">precision</th><th scope=\"col\">recall</th>");
    }
    add("</tr></thead><tbody>");
    for (int budget : hunt.budgets()) {
      double share = (double) budget / hunt.data().size();
      add("<tr><th scope=\"row\">%d (%.0f&#8201;%%)</th>", budget, 100 * share);
      percent(hunt.bySelfInfluence().precision(budget), hunt.bySelfInfluence().recall(budget));
      percent(hunt.byLoss().precision(budget), hunt.byLoss().recall(budget));
      percent(hunt.chance(), share);
      add("</tr>");
    }
    add("<tr><th scope=\"row\">average precision</th>");
    percent(hunt.bySelfInfluence().averagePrecision());
    add("<td></td>");
    percent(hunt.byLoss().averagePrecision());
    add("<td></td>");
    percent(hunt.chance());
    add("<td></td></tr></tbody></table>%n");
  }

  private void percent(double... values) {
    for (double value : values) {
      add("<td>%.0f&#8201;%%</td>", 100 * value);
    }
  }

  private void chart(MislabelHunt hunt) {
    add("<figure><svg viewBox=\"-40 -10 %d %d\" role=\"img\"", WIDTH + 60, HEIGHT + 50);
    add(" aria-label=\"Recall against the share of digits looked at; the table has the numbers\">");
    add("<path class=\"axis\" d=\"M0 0V%1$dH%2$d\"/>", HEIGHT, WIDTH);
    add("<text x=\"-6\" y=\"6\" text-anchor=\"end\">100%%</text>");
    add("<text x=\"-6\" y=\"%d\" text-anchor=\"end\">0</text>", HEIGHT);
    add("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">30%% looked at</text>", WIDTH, HEIGHT + 20);
    line("influence", hunt.bySelfInfluence());
    line("loss", hunt.byLoss());
    add("<path class=\"chance\" d=\"M0 %d L%d %.1f\"/></svg>", HEIGHT, WIDTH, HEIGHT * 0.7);
    add("<figcaption>Recall <span class=\"key influence\">by self-influence</span>");
    add(" <span class=\"key loss\">by loss (dashed)</span>");
    add(" <span class=\"key chance\">by chance (dotted)</span></figcaption></figure>%n");
  }

  private void line(String name, RankingQuality ranking) {
    int end = (int) (0.3 * ranking.order().length);
    add("<path class=\"%s\" d=\"M0 %d", name, HEIGHT);
    for (int budget = 4; budget <= end; budget += 4) {
      double y = HEIGHT * (1 - ranking.recall(budget));
      add(" L%.1f %.1f", (double) WIDTH * budget / end, y);
    }
    add("\"/>");
  }

  private void suspects(MislabelHunt hunt) {
    add("<h3>The %d most suspicious training digits</h3><ul class=\"row\">", SUSPECTS);
    int[] order = hunt.bySelfInfluence().order();
    for (int rank = 0; rank < SUSPECTS; rank++) {
      int example = order[rank];
      int label = hunt.data().labels()[example];
      int truth = hunt.trueLabels()[example];
      add("<li><figure>");
      html.append(Html.picture(hunt.data(), example, "Training digit " + example));
      add("<figcaption>label <b>%d</b> <span class=\"number\">#%d</span><br/>", label, example);
      add(hunt.isFlipped(example) ? "flipped, a %d" : "label is right", truth);
      add("</figcaption></figure></li>");
    }
    add("</ul>");
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void add(String format, Object... arguments) {
    html.append(String.format(Locale.ROOT, format, arguments));
  }
}
