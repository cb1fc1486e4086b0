/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.scoring.Hit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes the results as one web page with pictures, which loads nothing from anywhere. */
final class HtmlReport {
  private final StringBuilder html = new StringBuilder();
  private final Digits train;
  private final Digits test;
  private final int top;

  HtmlReport(Digits train, Digits test, int top) {
    this.train = train;
    this.test = test;
    this.top = top;
  }

  /** The page, which is well-formed XML too. */
  String render(
      double accuracy, String method, List<Explanation> explanations, @Nullable MislabelHunt hunt)
      throws IOException {
    add("<!DOCTYPE html>%n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head>");
    add("<meta charset=\"utf-8\"/><title>Influence4J: handwritten digits</title>");
    add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
    add("<meta name=\"color-scheme\" content=\"light dark\"/>");
    html.append("<style>").append(style()).append("</style></head>\n<body><main>");
    introduction(accuracy, method);
    add("<h2>Why did the model say that?</h2>%n");
    explanations.forEach(this::explanation);
    if (hunt != null) {
      new MislabelSection(html).render(hunt);
    }
    add("</main><footer><p>Digits: Optical Recognition of Handwritten Digits, E. Alpaydin and");
    add(" C. Kaynak, 1998, UCI Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0.</p>");
    add("<p>Made by the example <code>digits</code> of Influence4J.</p></footer></body></html>%n");
    return html.toString();
  }

  private void introduction(double accuracy, String method) {
    add("<h1>Which training digits made the model say so?</h1>%n");
    add(
        "<p>A neural network (64-256-128-10) learnt to read %d handwritten digits and gets",
        train.size());
    add(" %.1f&#8201;%% of %d others right. ", 100 * accuracy, test.size());
    add(
        "Influence functions (%s) estimate what each training digit did to it.</p>",
        Html.escape(method));
    add("<p><strong>How to read the scores.</strong> A score says by how many nats the test");
    add(" digit&#8217;s loss on its true label would fall, by a linear estimate, if the training");
    add(" digit were there once more. Compare scores with each other: large ones overshoot.");
    add(" <strong>Proponents</strong> (+) pull the model towards that label,");
    add(
        " <strong>opponents</strong> (&#8722;) away from it: look at the opponents of a misclassified");
    add(" digit to see what misled the model.</p>%n");
  }

  private void explanation(Explanation explanation) {
    add("<section><h3>%s</h3><div class=\"query\">", Html.escape(explanation.title()));
    String says =
        String.format(
            Locale.ROOT,
            "The model says %d, %.0f %% sure.",
            explanation.prediction(),
            100 * explanation.probability());
    add("<figure class=\"big\">");
    html.append(Html.picture(test, explanation.digit(), "Handwritten " + explanation.label()));
    add("<figcaption>%s</figcaption></figure>%n", Html.escape(says));
    add("<div class=\"hits\">");
    hits("Proponents", explanation.proponents());
    hits("Opponents", explanation.opponents());
    add("</div></div>");
    layers(explanation);
    add("</section>%n");
  }

  private void hits(String title, List<Hit> hits) {
    add("<h4>%s</h4>", title);
    if (hits.isEmpty()) {
      add("<p>None.</p>");
      return;
    }
    add("<ul class=\"row\">");
    for (Hit hit : hits) {
      int example = (int) hit.example();
      int label = train.labels()[example];
      add("<li><figure>");
      html.append(Html.picture(train, example, "Training digit " + example + ", a " + label));
      add("<figcaption>label <b>%d</b> <span class=\"number\">#%d</span><br/>", label, example);
      add("<span class=\"score\">%+.3f</span></figcaption>", hit.score());
      add("</figure></li>");
    }
    add("</ul>");
  }

  private void layers(Explanation explanation) {
    add("<table><caption>Share of the layers in the scores of these %d", 2 * top);
    add(" training digits at most</caption><tbody>");
    for (Map.Entry<String, Double> share : explanation.layerShares().entrySet()) {
      double percent = 100 * share.getValue();
      add(
          "<tr><th scope=\"row\">%s</th><td>%.0f&#8201;%%</td>",
          Html.escape(share.getKey()), percent);
      add("<td class=\"bar\"><span style=\"width:%.1f%%\"></span></td></tr>", percent);
    }
    add("</tbody></table>");
  }

  private static String style() throws IOException {
    try (InputStream resource = HtmlReport.class.getResourceAsStream("report.css")) {
      return new String(Objects.requireNonNull(resource).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void add(String format, Object... arguments) {
    html.append(String.format(Locale.ROOT, format, arguments));
  }
}
