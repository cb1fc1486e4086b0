/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.planning.RunPlan;
import io.github.influence4j.planning.StagePlan;
import io.github.influence4j.planning.Workload;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a run would take. Writes nothing. */
final class DryRun {
  private final AttributeOptions options;
  private final Subject subject;
  private final int queries;
  private final int all;
  private final List<PlannedStage> stages = new ArrayList<>();

  /**
   * A plan.
   *
   * @param options checked
   * @param subject what is to be explained
   */
  DryRun(AttributeOptions options, Subject subject) {
    this.options = options;
    this.subject = subject;
    queries = subject.queries().size();
    all = subject.corpus().size();
  }

  void print(PrintWriter out) {
    subject.asked(); // refuses what the model cannot take
    subject.training();
    List<Piece> fitted = options.curvature().sample(subject.corpus());
    WordFilter filter = options.scoring().filter();
    ScoreOptions scoring =
        filter == null
            ? options.scoring().pairwise().withLowRank(options.scoring().truncation())
            : options.scoring().pairwise().withLowRank(funnel(filter).scan());
    double rows = (double) Probe.rows(subject.corpus()) / all;
    Workload work = new Workload(fitted.size(), all, queries, rows);
    RunPlan plan;
    try (Influence influence = options.engine(subject.model()).build()) {
      plan = influence.plan(work, scoring);
    }
    addStages(plan, fitted.size());
    out.printf(
        Locale.ROOT,
        "PLAN of %s: nothing is fitted, scored or written.%n%s%n"
            + "%,d sequences, %,d tokens; factors from %,d sequences; %d queries.%n",
        options.modelName(),
        subject.model().coverage(),
        all,
        subject.tokens(),
        fitted.size(),
        queries);
    Probe probe = Probe.of(options, subject, scoring);
    printMemory(out, plan, probe);
    printTime(out, probe, rows);
    out.flush();
  }

  private FunnelOptions funnel(WordFilter filter) {
    return options.scoring().stages(filter, options.report().top(), options.curvature().seed());
  }

  private void addStages(RunPlan plan, int fitted) {
    if (options.scoring().compare()) {
      try (Influence dot =
          options.engine(subject.model()).strategy(CurvatureStrategy.IDENTITY).build()) {
        StagePlan norms =
            dot.plan(new Workload(0, all, 0, 1), options.scoring().pairwise())
                .stage(Stage.SELF_INFLUENCE);
        stages.add(PlannedStage.ofModel("baselines", norms.passes(), all, Stage.SCORE));
      }
    }
    add("covariances", plan.stage(Stage.COVARIANCE), fitted);
    add("eigendecompositions", plan.stage(Stage.EIGENDECOMPOSITION), 0);
    add("eigenvalues", plan.stage(Stage.EIGENVALUES), fitted);
    StagePlan prepared = plan.stage(Stage.PRECONDITION);
    stages.add(PlannedStage.ofModel("queries", prepared.passes(), queries, Stage.SCORE));
    add("preconditioning", prepared, 0);
    addScores(plan.stage(Stage.SCORE));
    if (options.scores().file() != null) {
      StagePlan self = plan.stage(Stage.SELF_INFLUENCE);
      stages.add(
          new PlannedStage(
              "self-influence",
              self.passes(),
              all,
              Stage.SCORE,
              self.operations(),
              Stage.EIGENVALUES));
    }
    long hits = Math.min(all, 2L * options.report().top());
    if (options.scoring().truncation() != null && options.scoring().filter() == null) {
      stages.add(PlannedStage.ofModel("hits again", queries, hits, Stage.SCORE));
    }
    stages.add(PlannedStage.ofModel("explanation", queries, hits, Stage.SCORE));
  }

  private void add(String name, StagePlan plan, long sequences) {
    if (plan.operations() > 0) {
      stages.add(
          new PlannedStage(
              name, plan.passes(), sequences, plan.stage(), plan.operations(), plan.stage()));
    }
  }

  private void addScores(StagePlan scores) {
    WordFilter filter = options.scoring().filter();
    if (filter == null) {
      add("scores", scores, all);
      return;
    }
    FunnelOptions funnel = funnel(filter);
    long candidates = Math.min(all, (long) queries * funnel.candidates() + funnel.controls());
    double share = (double) candidates / all;
    stages.add(
        new PlannedStage(
            "scores, at most",
            scores.passes(),
            candidates,
            Stage.SCORE,
            share * scores.operations(),
            Stage.SCORE));
    long survivors = Math.min(all, (long) queries * funnel.survivors() + funnel.controls());
    stages.add(PlannedStage.ofModel("scores again, at most", 1, survivors, Stage.SCORE));
  }

  private void printMemory(PrintWriter out, RunPlan plan, Probe probe) {
    out.printf("%nMEMORY%n");
    line(out, "weights of the model", weights(), "");
    line(
        out,
        "rows of a batch",
        rowBytes(),
        "what the tracked layers see of "
            + Math.min(all, options.running().batchSize())
            + " sequences");
    line(out, "grown in the probe", probe.bytes(), "batches in the model, PyTorch, the heap");
    long fit =
        Math.max(plan.stage(Stage.COVARIANCE).bytes(), plan.stage(Stage.EIGENVALUES).bytes());
    line(out, "fitting", fit, "of at most " + megabytes(plan.maxMemory()));
    line(
        out,
        "scoring",
        plan.stage(Stage.SCORE).bytes(),
        "of at most "
            + megabytes(plan.maxMemory())
            + "; "
            + megabytes(plan.queryBytes())
            + " for "
            + plan.queriesAtOnce()
            + " queries at a time");
    String heap = "Java heap, which has " + megabytes(Runtime.getRuntime().maxMemory());
    line(out, "covariances", plan.covarianceBytes(), heap);
    line(out, "eigenbases", plan.eigenvectorBytes(), heap);
    line(out, "eigenvalues", plan.squaresBytes(), heap);
    long parts = options.scores().perLayer() ? 1L + subject.model().layers().size() : 1;
    line(out, "scores", parts * queries * all * Double.BYTES, heap);
  }

  private static void line(PrintWriter out, String what, long bytes, String about) {
    out.printf(
        Locale.ROOT,
        "%-22s%12s%s%n",
        what,
        megabytes(bytes),
        about.isEmpty() ? "" : "  (" + about + ")");
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  private long weights() {
    return subject.model().tensors().values().stream().mapToLong(tensor -> tensor.nbytes()).sum();
  }

  private long rowBytes() {
    long longest =
        subject.corpus().stream().mapToLong(piece -> piece.sequence().length() - 1).max().orElse(0);
    long columns = 0;
    for (LayerSpec layer : subject.model().layers()) {
      columns += PlanCommand.columns(layer);
    }
    long rows = longest * Math.min(all, options.running().batchSize());
    return rows * columns * options.elementBytes();
  }

  private void printTime(PrintWriter out, Probe probe, double rows) {
    out.printf("%nTIME%n%-22s%8s%12s%12s%12s%n", "", "passes", "sequences", "model s", "rest s");
    double model = 0;
    double rest = 0;
    for (PlannedStage stage : stages) {
      model += stage.modelSeconds(probe, rows);
      rest += stage.restSeconds(probe);
      out.printf(
          Locale.ROOT,
          "%-22s%8d%,12d%12.1f%12.1f%n",
          stage.name(),
          stage.passes(),
          stage.sequences(),
          stage.modelSeconds(probe, rows),
          stage.restSeconds(probe));
    }
    out.printf(
        Locale.ROOT,
        "%-22s%8s%12s%12.1f%12.1f%n%.0f s in all, without loading and the check of the model"
            + " (--check-tokens), from %d sequences that were tried.%n",
        "in all",
        "",
        "",
        model,
        rest,
        model + rest,
        probe.sequences());
    if (options.work() != null) {
      out.printf("Factors that --work has already are not fitted again.%n");
    }
  }
}
