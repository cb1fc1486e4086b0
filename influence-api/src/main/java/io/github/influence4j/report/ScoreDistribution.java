/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import io.github.influence4j.statistics.Concentration;
import io.github.influence4j.statistics.PowerLawTail;
import java.util.Arrays;
import java.util.Optional;

/** How all scores of a query are spread: two plots and their numbers. */
final class ScoreDistribution {
  private static final int BOOTSTRAPS = 100;
  private static final long SEED = 1;
  private static final double IMPLAUSIBLE = 0.1;

  /** Ascending. */
  private final double[] scores;

  private final double[] positive;
  private final Optional<PowerLawTail> tail;

  ScoreDistribution(double[] scores) {
    this.scores = scores.clone();
    Arrays.sort(this.scores);
    positive = Arrays.stream(this.scores).filter(score -> score > 0).toArray();
    tail = PowerLawTail.fit(scores, BOOTSTRAPS, SEED);
  }

  void append(StringBuilder html) {
    html.append("<h3>How the scores of all training examples are spread</h3>\n<p>");
    summary(html);
    html.append("</p>\n<div class=sides>");
    new Histogram(scores).append(html);
    if (positive.length > 1) {
      new TailPlot(positive, tail).append(html);
    }
    html.append("</div>\n");
    table(html);
  }

  private void summary(StringBuilder html) {
    Concentration.topShare(scores, 0.01)
        .ifPresentOrElse(
            share -> {
              html.append("The strongest 1\u2009% of the training examples hold <strong>");
              html.append(Numbers.percent(share)).append("</strong> of all positive influence. ");
            },
            () -> html.append("No training example has positive influence. "));
    html.append(
        tail.map(ScoreDistribution::verdict)
            .orElse("There are too few positive scores to fit their tail."));
  }

  private static String verdict(PowerLawTail law) {
    String p = law.pValue() > 0 ? "p = " + Numbers.plain(law.pValue()) : "p < " + 1.0 / BOOTSTRAPS;
    String exponent = Numbers.plain(round(law.exponent()));
    String fit = exponent + " ± " + Numbers.plain(round(law.standardError())) + " (" + p + ").";
    return law.pValue() < IMPLAUSIBLE
        ? "A power law does not describe their tail; the best one has the exponent " + fit
        : "Their tail is compatible with a power law of exponent " + fit;
  }

  private static double round(double value) {
    return Math.round(100 * value) / 100.0;
  }

  private void table(StringBuilder html) {
    html.append("<details><summary>The distribution in numbers</summary><table><caption>");
    html.append("Scores of all training examples</caption><tbody>");
    row(html, "Training examples", scores.length);
    row(html, "of them with positive influence", positive.length);
    row(html, "Lowest score", scores[0]);
    row(html, "Median", scores[scores.length / 2]);
    row(html, "Highest score", scores[scores.length - 1]);
    tail.ifPresent(
        law -> {
          row(html, "Tail: exponent α of the power law", law.exponent());
          row(html, "Tail: standard error of α", law.standardError());
          row(html, "Tail: begins at", law.minimum());
          row(html, "Tail: training examples in it", law.count());
          row(html, "Tail: Kolmogorov-Smirnov distance", law.distance());
          row(html, "Tail: p of " + BOOTSTRAPS + " bootstraps", law.pValue());
        });
    html.append("</tbody></table></details>\n");
  }

  private static void row(StringBuilder html, String name, double value) {
    html.append("<tr><th scope=row>").append(name).append("<td>").append(Numbers.plain(value));
  }
}
