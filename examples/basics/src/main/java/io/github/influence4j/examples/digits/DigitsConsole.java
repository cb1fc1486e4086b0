/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.scoring.Hit;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints the results as tables. */
final class DigitsConsole {
  private final PrintWriter out;
  private final Digits train;

  DigitsConsole(PrintWriter out, Digits train) {
    this.out = out;
    this.train = train;
  }

  void trained(int testSize, double accuracy, int epochs, double seconds) {
    print("Trained an MLP 64-256-128-10 on %d handwritten digits", train.size());
    print(" (%d epochs, %.1f s).%n", epochs, seconds);
    print("It gets %.1f %% of %d test digits right.%n%n", 100 * accuracy, testSize);
  }

  void explained(List<Explanation> explanations, String method, double seconds) {
    print("WHICH TRAINING DIGITS MADE IT SAY SO?  (%s, %.1f s)%n", method, seconds);
    print(
        "Score: by how many nats the test digit's loss on its true label would fall, by a linear%n");
    print(
        "estimate, if the training digit were there once more. Compare scores with each other:%n");
    print(
        "large ones overshoot. Proponents (+) pull towards the true label, opponents (-) away.%n%n");
    explanations.forEach(this::explained);
  }

  private void explained(Explanation explanation) {
    print("%s (%.0f %% sure)%n", explanation.title(), 100 * explanation.probability());
    print("    %-34s %s%n", "proponents", "opponents");
    String head = String.format(Locale.ROOT, "%-12s%-8s%11s", "training", "label", "score");
    print("    %-34s %s%n", head, head);
    int rows = Math.max(explanation.proponents().size(), explanation.opponents().size());
    for (int row = 0; row < rows; row++) {
      print("    %-34s", cell(explanation.proponents(), row));
      print(" %s%n", cell(explanation.opponents(), row));
    }
    print("    layers: %s%n%n", layerShares(explanation));
  }

  private String cell(List<Hit> hits, int row) {
    if (row >= hits.size()) {
      return "";
    }
    int example = (int) hits.get(row).example();
    String number = "#" + example;
    int label = train.labels()[example];
    double score = hits.get(row).score();
    return String.format(Locale.ROOT, "%-12s%-8d%+11.3f", number, label, score);
  }

  static String layerShares(Explanation explanation) {
    return explanation.layerShares().entrySet().stream()
        .map(e -> String.format(Locale.ROOT, "%s %.0f %%", e.getKey(), 100 * e.getValue()))
        .collect(Collectors.joining(", "));
  }

  void hunted(MislabelHunt hunt) {
    int size = hunt.data().size();
    print(
        "MISLABEL HUNT: %d of %d training labels flipped (5 %%), model retrained",
        hunt.flips(), size);
    print(" (%.1f %% right on the test digits).%n", 100 * hunt.accuracy());
    print(
        "Look at the training digits of highest self-influence: how many of those looked at are%n");
    print("mislabelled (precision), and how many of the mislabelled were found (recall)?%n%n");
    print("    %-16s%-21s%-21s%s%n", "digits", "by self-influence", "by loss", "by chance");
    String pair = "precision recall     ";
    print("    %-16s%s%s%s%n", "looked at", pair, pair, pair.strip());
    for (int budget : hunt.budgets()) {
      double share = (double) budget / size;
      print("    %5d (%2.0f %%)    ", budget, 100 * share);
      print("%s%s", quality(hunt.bySelfInfluence(), budget), quality(hunt.byLoss(), budget));
      print("%7.0f %% %5.0f %%%n", 100 * hunt.chance(), 100 * share);
    }
    print("    %-16s", "average prec.");
    print("%7.0f %%%12s", 100 * hunt.bySelfInfluence().averagePrecision(), "");
    print("%7.0f %%%12s", 100 * hunt.byLoss().averagePrecision(), "");
    print("%7.0f %%%n%n", 100 * hunt.chance());
  }

  private static String quality(RankingQuality ranking, int budget) {
    return String.format(
        Locale.ROOT,
        "%7.0f %% %5.0f %%     ",
        100 * ranking.precision(budget),
        100 * ranking.recall(budget));
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    out.printf(Locale.ROOT, format, arguments);
  }
}
