/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.run.DirectoryName;
import io.github.influence4j.huggingface.ModelOutline;
import io.github.influence4j.planning.RunPlan;
import io.github.influence4j.planning.StagePlan;
import io.github.influence4j.planning.Workload;
import io.github.influence4j.progress.Stage;
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
import picocli.CommandLine.Spec;

/** What {@code attribute} would take, from config.json alone. */
@Command(
    name = "plan",
    description =
        "Says from config.json alone what attribute would take: memory, passes over the corpus, and"
            + " time at a rate of arithmetic that you state. With weights on your machine,"
            + " attribute --dry-run tries instead.")
public final class PlanCommand implements Callable<Integer> {
  /** Forwards, and backwards without gradients of weights: two of a multiply-add each. */
  private static final int OPERATIONS_A_PARAMETER = 4;

  private static final double GIGA = 1e9;
  private static final int SECONDS_AN_HOUR = 3600;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      arity = "1..*",
      required = true,
      description = "Directories with config.json; weights are not looked at.")
  private List<Path> models = List.of();

  @Mixin private LayersOption layers = new LayersOption();

  @Mixin private EngineOptions engine = new EngineOptions();

  @Mixin private ScoringOptions scoring = new ScoringOptions();

  @Option(names = "--sequences", paramLabel = "N", required = true, description = "Of the corpus.")
  private int sequences;

  @Option(
      names = "--fit-sequences",
      paramLabel = "N",
      description = "That the factors are fitted to (default: all).")
  private @Nullable Integer fitSequences;

  @Option(
      names = "--sequence-length",
      paramLabel = "N",
      defaultValue = "256",
      description = "Tokens of each (default: 256).")
  private int length = 256;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Sequences in the model at once (default: 8).")
  private int batchSize = 8;

  @Option(
      names = "--ask",
      paramLabel = "N",
      defaultValue = "1",
      description = "Queries (default: 1).")
  private int queries = 1;

  @Option(names = "--threads", paramLabel = "N", description = "Threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--gflops",
      paramLabel = "R",
      required = true,
      description = "Billions of operations a second, such as 100 for a few cores.")
  private double rate;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  public PlanCommand() {}

  @Override
  public Integer call() throws IOException {
    if (spec == null) {
      throw new IllegalStateException("Run this by picocli's CommandLine.");
    }
    int fitted = fitSequences == null ? sequences : fitSequences;
    if (sequences < 1 || fitted < 1 || length < 2 || batchSize < 1 || queries < 1 || !(rate > 0)) {
      throw new IllegalArgumentException(
          "--sequences, --fit-sequences, --batch-size, --ask and --gflops must be above 0,"
              + " --sequence-length above 1.");
    }
    scoring.check(1, false);
    Workload work = new Workload(Math.min(fitted, sequences), sequences, queries, length - 1.0);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "| model | parameters | tracked | weights | rows of a batch | factors | fitting | scoring |"
            + " passes | model, h | rest, h |%n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|%n");
    for (Path model : models) {
      ModelOutline outline = ModelOutline.read(model, layers.choice());
      try (Influence influence = engine.builder(outline.layers()).threads(threads).build()) {
        RunPlan plan = influence.plan(work, scoring.pairwise().withLowRank(scoring.truncation()));
        print(out, model, outline, plan, work);
      }
    }
    out.flush();
    return 0;
  }

  private void print(
      PrintWriter out, Path model, ModelOutline outline, RunPlan plan, Workload work) {
    StagePlan covariance = plan.stage(Stage.COVARIANCE);
    StagePlan eigenvalues = plan.stage(Stage.EIGENVALUES);
    StagePlan scores = plan.stage(Stage.SCORE);
    int fitPasses = covariance.passes() + eigenvalues.passes();
    double through =
        (double) fitPasses * work.fitExamples()
            + (double) scores.passes() * (work.trainExamples() + work.queries());
    double ofModel = through * work.rows() * OPERATIONS_A_PARAMETER * outline.multiplied();
    double rest =
        plan.stages().stream()
            .filter(stage -> stage.stage() != Stage.SELF_INFLUENCE)
            .mapToDouble(StagePlan::operations)
            .sum();
    int bytes = engine.precision().type().bytes();
    out.printf(
        Locale.ROOT,
        "| %s | %.2f B | %.2f B | %s | %s | %s | %s | %s | %d + %d | %s | %s |%n",
        DirectoryName.of(model, models),
        outline.coverage().parameters() / GIGA,
        outline.coverage().tracked() / GIGA,
        gigabytes(bytes * (double) outline.coverage().parameters()),
        gigabytes(bytes * work.rows() * batchSize * columns(outline)),
        gigabytes((double) plan.factorBytes()),
        gigabytes((double) Math.max(covariance.bytes(), eigenvalues.bytes())),
        gigabytes((double) scores.bytes()),
        fitPasses,
        scores.passes(),
        hours(ofModel),
        hours(rest));
  }

  private static double columns(ModelOutline outline) {
    return outline.layers().stream().mapToDouble(PlanCommand::columns).sum();
  }

  /** What a tracked layer sees of a row, beside what others see too. */
  static long columns(LayerSpec layer) {
    return (long) layer.outputs() + (layer.inputOf() == null ? layer.inputs() : 0);
  }

  private static String gigabytes(double bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / GIGA);
  }

  private String hours(double operations) {
    return String.format(Locale.ROOT, "%.1f", operations / (rate * GIGA) / SECONDS_AN_HOUR);
  }
}
