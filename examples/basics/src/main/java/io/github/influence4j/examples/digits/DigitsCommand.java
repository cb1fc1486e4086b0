/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.cli.ReportFile;
import io.github.influence4j.internal.files.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The quick start: which training digits made the model say what it says? */
@Command(
    name = "digits",
    description = {
      "Trains a classifier of handwritten digits, then shows which training digits made it say what"
          + " it says, and finds training digits with wrong labels.",
      "Writes a report with pictures that needs no network."
    })
public final class DigitsCommand implements Callable<Integer> {
  @Option(names = "--seed", paramLabel = "N", description = "Of everything random (default: 1).")
  private long seed = 1;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      defaultValue = "influence-digits.html",
      description = "The HTML report to write (default: ${DEFAULT-VALUE}).")
  private Path report = Path.of("influence-digits.html");

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "Proponents and opponents to show (default: 5).")
  private int top = 5;

  @Option(
      names = "--queries",
      paramLabel = "Q",
      description = "Test digits to explain, half of them misclassified (default: 8).")
  private int queries = 8;

  @Option(names = "--epochs", paramLabel = "E", description = "Of training (default: 10).")
  private int epochs = 10;

  @Option(names = "--no-mislabels", description = "Leave out the hunt for wrong labels.")
  private boolean noMislabels;

  @Mixin private EngineOptions engine = new EngineOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Digits train = Digits.train();
    Digits test = Digits.test();
    checkOptions(train.size(), test.size());
    try (Influence influence = engine.build(Trainer.untrained(seed).specs())) {
      run(influence, train, test);
    }
    return 0;
  }

  private void run(Influence influence, Digits train, Digits test) throws IOException {
    PrintWriter out = command().commandLine().getOut();
    DigitsConsole console = new DigitsConsole(out, train);
    long start = System.nanoTime();
    Mlp model = Trainer.train(train, epochs, seed);
    double accuracy = Explainer.accuracy(model, test);
    console.trained(test.size(), accuracy, epochs, seconds(start));

    long attribution = System.nanoTime();
    Explainer explainer = new Explainer(influence, model, train);
    FittedCurvature curvature = explainer.fit(seed);
    int[] chosen = Explainer.chooseQueries(model, test, queries);
    List<Explanation> explanations = explainer.explain(curvature, test, chosen, top);
    String method = engine.strategyName() + ", true Fisher, on " + influence.backend();
    console.explained(explanations, method, seconds(attribution));

    MislabelHunt hunt = noMislabels ? null : MislabelHunt.run(influence, train, test, epochs, seed);
    if (hunt != null) {
      console.hunted(hunt);
    }
    HtmlReport page = new HtmlReport(train, test, top);
    AtomicFile.writeText(report, page.render(accuracy, method, explanations, hunt));
    out.printf("Report with pictures: %s   (%.1f s in all)%n", report, seconds(start));
  }

  private void checkOptions(int trainSize, int testSize) {
    require(top >= 1 && top <= trainSize, "--top must be 1 to %d, got %d", trainSize, top);
    require(queries >= 1 && queries <= testSize, "--queries: 1 to %d, got %d", testSize, queries);
    require(epochs >= 1 && epochs <= 10_000, "--epochs must be 1 to %d, got %d", 10_000, epochs);
    ReportFile.requireWritable(report);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void require(boolean condition, String format, Object... arguments) {
    if (!condition) {
      throw new ParameterException(
          command().commandLine(), String.format(Locale.ROOT, format, arguments));
    }
  }

  private CommandSpec command() {
    if (spec == null) {
      throw new IllegalStateException("Run this by picocli's CommandLine.");
    }
    return spec;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
