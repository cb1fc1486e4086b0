/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.evaluation.RetrainedMeasurements;
import io.github.influence4j.evaluation.RetrainingStudy;
import io.github.influence4j.evaluation.TrainingSubsets;
import io.github.influence4j.examples.document.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Are the scores right? Trains small models hundreds of times and compares. */
@Command(
    name = "fidelity",
    description = {
      "Trains small models on many halves of their data, and compares what then happens with what"
          + " scores foretold; compares scores with the response that they approximate, and with"
          + " iterative solvers.",
      "Writes tables and pictures. A run that was stopped goes on where it was."
    })
public final class FidelityCommand implements Callable<Integer> {
  private static final double HALF = 0.5;
  private static final long SUBSETS = 1;
  private static final DatamodelStudy.Floors DIABETES = new DatamodelStudy.Floors(0.69, 0.72);
  private static final DatamodelStudy.Floors DIGITS = new DatamodelStudy.Floors(0.40, 0.52);

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "fidelity.md",
      description =
          "The document to write; pictures go to a folder of that name (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("fidelity.md");

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Keeps what each retraining measured (default: influence-fidelity, with --quick"
              + " influence-fidelity-quick).")
  private @Nullable Path work;

  @Option(
      names = "--quick",
      description = "Fewer retrainings and queries: two minutes, wider intervals.")
  private boolean quick;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    FidelityDocument document = new FidelityDocument(out);
    Scale scale = quick ? Scale.QUICK : Scale.FULL;
    Path folder =
        work == null ? Path.of(quick ? "influence-fidelity-quick" : "influence-fidelity") : work;
    List<Finding> findings = new ArrayList<>();
    Task diabetes = Task.diabetes();
    List<double[]> models = diabetes.models(Scale.DIABETES.models());
    say(findings, datamodels(diabetes, models, Scale.DIABETES, folder, DIABETES));
    say(findings, ProximalStudy.run(diabetes, models.get(0), scale.responses()));
    say(findings, new RemovalStudy(diabetes, models.get(0), scale.removals(), folder).run());
    Task digits = Task.digits().withQueries(scale.digits().queries());
    models = digits.models(scale.digits().models());
    say(findings, datamodels(digits, models, scale.digits(), folder, DIGITS));
    say(findings, CostStudy.run(digits, models.get(0), scale.cost()));
    document.write(head(), findings);
    screen().printf("Written: %s%n", out);
    return 0;
  }

  private Finding datamodels(
      Task task,
      List<double[]> models,
      Scale.Halves halves,
      Path folder,
      DatamodelStudy.Floors floors)
      throws IOException {
    TrainingSubsets subsets =
        TrainingSubsets.random(task.train().size(), HALF, halves.subsets(), SUBSETS);
    PrintWriter progress = spec.commandLine().getErr();
    int all = halves.subsets() * halves.repeats();
    RetrainedMeasurements truth =
        RetrainingStudy.of(task.describe(), task.queries().size())
            .withRepeats(halves.repeats())
            .withFolder(folder.resolve(task.name() + "-halves"))
            .withProgress(
                done -> {
                  if (done % halves.subsets() == 0) {
                    progress.printf("%s: %d of %d retrainings%n", task.name(), done, all);
                    progress.flush();
                  }
                })
            .run(subsets, task.retraining());
    return new DatamodelStudy(task, models, subsets, truth).run(floors);
  }

  private void say(List<Finding> findings, Finding finding) {
    findings.add(finding);
    screen().println(finding.title() + "\n" + finding.table().markdown());
    finding.verdicts().stream().map(Verdict::markdown).forEach(screen()::println);
    screen().flush();
  }

  private PrintWriter screen() {
    return spec.commandLine().getOut();
  }

  private String head() {
    return String.join(
        "\n",
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        "# Fidelity: are the scores right?",
        "",
        "Two small models, trained again and again without parts of their data, show what scores are"
            + " worth. This file and its",
        "pictures are written by the command",
        "",
        "```sh",
        "java -jar examples/basics/target/influence-examples.jar fidelity"
            + (quick ? " --quick" : "")
            + " --out docs/fidelity.md",
        "```",
        "",
        "What the numbers mean, and how to get them for a model of your own:"
            + " [is-it-right.md](is-it-right.md).");
  }
}
