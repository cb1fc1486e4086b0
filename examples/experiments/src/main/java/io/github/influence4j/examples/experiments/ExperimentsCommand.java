/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.cli.CommandRunner;
import io.github.influence4j.examples.lm.run.Interruption;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.internal.files.FolderLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs experiments and writes what came out into a document; the jar's only command. */
@Command(
    name = "influence-experiments",
    description = {
      "Repeats experiments of Grosse et al. 2023 with small models and writes tables and pictures.",
      "low-rank, tf-idf, planted, word-order, sparsity, layers, gradient-dot, blocks, sizes; or all.",
      "With --model and --corpus it looks at checkpoints instead: sparsity, layers, word-order,"
          + " low-rank, tf-idf, sizes; or all."
    })
final class ExperimentsCommand implements Callable<Integer> {
  private static final String ALL = "all";

  private static final List<Experiment> EXPERIMENTS =
      List.of(
          new LowRankQueries(),
          new TfIdfRecall(),
          new PlantedPassages(),
          new WordOrder(),
          new Sparsity(),
          new LayerDistribution(),
          new GradientDotProduct(),
          new BlockDiagonal(),
          new ModelSizes());

  @Parameters(paramLabel = "NAME", arity = "1..*", description = "Experiments to run, or all.")
  private List<String> names = List.of();

  @Option(
      names = "--quick",
      description = "Tiny models, to see that it runs; the numbers are idle.")
  private boolean quick;

  @Option(
      names = "--docs",
      paramLabel = "DIR",
      defaultValue = "docs",
      description =
          "Folder of experiments.md, or with --model of checkpoints.md, and of its pictures (default:"
              + " docs).")
  private Path docs = Path.of("docs");

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Folder of the models that are trained, one a folder, which are not trained again; their"
              + " folders \"model\" are for --model (default: influence-experiments, with --quick"
              + " influence-experiments-quick).")
  private @Nullable Path work;

  @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  public static void main(String[] args) {
    CommandRunner.runAndExit(new ExperimentsCommand(), args);
  }

  @Override
  public Integer call() throws Exception {
    checkpoints.check();
    if (!checkpoints.given()) {
      return Interruption.guard(spec.commandLine().getErr(), this::train);
    }
    if (quick) {
      throw new ParameterException(spec.commandLine(), "--quick does not go with --model.");
    }
    List<Study> studies = chosen(CheckpointRun.all());
    Torch.load();
    CommandLine console = spec.commandLine();
    new CheckpointRun(checkpoints, studies, docs, console.getOut(), console.getErr()).run();
    return 0;
  }

  @SuppressWarnings("try") // the lock is held, not used
  private void train(Interruption interruption) throws IOException {
    Scale scale = quick ? Scale.QUICK : Scale.FULL;
    List<Experiment> chosen = chosen(EXPERIMENTS);
    ExperimentsDocument document =
        new ExperimentsDocument(docs, "experiments", EXPERIMENTS, head(scale));
    document.prepare();
    Torch.load();
    try (FolderLock lock = FolderLock.take(docs);
        Workbench bench =
            new Workbench(scale, models(), interruption, spec.commandLine().getErr())) {
      for (Experiment experiment : chosen) {
        bench.say("== " + experiment.name());
        ExperimentResult result = experiment.run(bench);
        document.write(experiment, result);
        spec.commandLine().getOut().println(experiment.title() + "\n" + result.table().markdown());
        result.verdicts().forEach(v -> spec.commandLine().getOut().println(v.markdown()));
      }
    }
  }

  private Path models() {
    return work == null
        ? Path.of(quick ? "influence-experiments-quick" : "influence-experiments")
        : work;
  }

  private <S extends Section> List<S> chosen(List<S> all) {
    if (names.contains(ALL)) {
      return all;
    }
    Set<S> chosen = new LinkedHashSet<>();
    for (String name : names) {
      chosen.add(
          all.stream()
              .filter(section -> section.name().equals(name))
              .findFirst()
              .orElseThrow(() -> unknown(name, all)));
    }
    return List.copyOf(chosen);
  }

  private ParameterException unknown(String name, List<? extends Section> all) {
    String known = all.stream().map(Section::name).collect(Collectors.joining(", "));
    return new ParameterException(
        spec.commandLine(),
        "No experiment \""
            + name
            + "\""
            + (checkpoints.given() ? " with --model" : "")
            + "; there are "
            + known
            + ", "
            + ALL
            + ".");
  }

  private static String head(Scale scale) {
    return String.join(
        "\n",
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        "# Experiments",
        "",
        "Experiments of Grosse et al. 2023 (arXiv:2308.03296), repeated with models that train in a"
            + " minute. This file and its",
        "pictures are written by the command",
        "",
        "```sh",
        "java -jar examples/experiments/target/influence-experiments.jar "
            + (scale.equals(Scale.QUICK) ? "--quick " : "")
            + ALL,
        "```",
        "",
        "Neither corpora nor seeds were tuned to the thresholds; where one is missed it says so."
            + " Unless a",
        "section says otherwise: "
            + scale.documents()
            + " English documents of Europarl, one in twenty held out, in sequences of "
            + scale.size().context()
            + " tokens;",
        "a GPT-2 of "
            + scale.size().layers()
            + " layers and width "
            + scale.size().width()
            + ", trained for "
            + scale.steps()
            + " steps of 16 sequences; "
            + scale.queries()
            + " queries, which are",
        "the beginnings of held-out documents, first half as prompt; EK-FAC with sampled labels and"
            + " damping of a tenth of the",
        "mean eigenvalue. Positive scores are proponents.");
  }
}
