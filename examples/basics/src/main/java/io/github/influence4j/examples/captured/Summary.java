/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.store.CapturedExamples;
import io.github.influence4j.store.CapturedGradients;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints what was read, done and written. */
final class Summary {
  private static final int SHOWN = 5;

  private final PrintWriter out;

  Summary(PrintWriter out) {
    this.out = out;
  }

  void captures(CapturedGradients captures) {
    CapturedExamples training = captures.training();
    String queries =
        captures
            .queries()
            .map(side -> side.examples() + " queries")
            .orElse("no query tensors, so self-influence only");
    print(
        "%d training examples, %s, %d layers%n%n",
        training.examples(), queries, captures.layers().size());
    print("  %-24s %-20s %-20s %-16s %s%n", "layer", "input", "output gradient", "weights", "uses");
    for (LayerSpec layer : captures.layers()) {
      print(
          "  %-24s %-20s %-20s %-16s %d%n",
          layer.name(),
          Arrays.toString(training.inputShape(layer.name())),
          Arrays.toString(training.outputShape(layer.name())),
          layer.outputs() + " x " + layer.inputs() + (layer.bias() ? " + bias" : ""),
          training.uses(layer.name()));
    }
    boolean sequences =
        captures.layers().stream()
            .anyMatch(
                layer ->
                    layer.convolution() == null && training.inputShape(layer.name()).length == 3);
    if (sequences) {
      print(
          "  (three dimensions are [examples, rows, columns] of a linear layer; a 1-d convolution%n");
      print("   [examples, channels, length] is described with --conv)%n");
    }
    if (!captures.unused().isEmpty()) {
      print("  (not used: %s)%n", String.join(", ", captures.unused()));
    }
  }

  void fitted(String method, long since) {
    print("%n%s%nFitted in %.2f s, ", method, seconds(since));
  }

  void scored(long since) {
    print("scored in %.2f s.%n%n", seconds(since));
  }

  void results(
      SelfInfluence self, @Nullable InfluenceScores scores, ScoreFile file, OutputFolder folder) {
    if (scores == null) {
      print("Highest self-influence (an example that the model had to learn by heart)%n");
      print("  %-10s %s%n", "example", "score");
      self.top(SHOWN).forEach(hit -> print("  %-10d %s%n", hit.example(), number(hit)));
    } else {
      pairs(scores);
    }
    print("%nWrote %s: %s%n", folder.scores(), file.contents());
    print("Wrote %s%n", folder.factors());
  }

  private void pairs(InfluenceScores scores) {
    print("Strongest training examples (score > 0: training on it lowers the query's loss)%n");
    print("  %-8s %-24s %s%n", "query", "proponent: score", "opponent: score");
    for (int q = 0; q < Math.min(SHOWN, scores.queries()); q++) {
      print(
          "  %-8d %-24s %s%n", q, strongest(scores.proponents(q)), strongest(scores.opponents(q)));
    }
    if (scores.queries() > SHOWN) {
      print("  (%d more queries in the file)%n", scores.queries() - SHOWN);
    }
  }

  private static String strongest(List<Hit> hits) {
    return hits.isEmpty() ? "none" : "#" + hits.get(0).example() + ": " + number(hits.get(0));
  }

  private static String number(Hit hit) {
    return String.format(Locale.ROOT, "%+.4g", hit.score());
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    out.printf(Locale.ROOT, format, arguments);
  }
}
