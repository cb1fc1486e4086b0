/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.lm.run.RunFolder;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.scoring.InfluenceScorer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Fits, scores and explains. */
final class AttributeRun {
  private final AttributeOptions options;
  private final Subject subject;
  private final PrintWriter out;
  private final PrintWriter err;
  private final StageProgress progress;

  /**
   * A run.
   *
   * @param options checked
   * @param subject what is explained
   * @param out where results go
   * @param err where progress is shown
   */
  AttributeRun(AttributeOptions options, Subject subject, PrintWriter out, PrintWriter err) {
    this.options = options;
    this.subject = subject;
    this.out = out;
    this.err = err;
    this.progress = new StageProgress(err, subject.corpus().size());
  }

  void run() throws IOException {
    subject.asked(); // refuses what the model cannot take, before anything takes long
    subject.training();
    Path work = options.work();
    if (work == null) {
      run(null);
      return;
    }
    try (RunFolder folder = new RunFolder(work)) {
      folder.require(options.fingerprint(subject));
      run(folder);
    }
  }

  private void run(@Nullable RunFolder folder) throws IOException {
    print("Model: %s. %s%n", options.modelName(), subject.model().coverage());
    print("Corpus: %,d sequences, %,d tokens.%n", subject.corpus().size(), subject.tokens());
    Sanity sanity =
        Sanity.of(subject.model(), subject.corpus(), options.running().checkTokens(), err);
    subject.profile().lapOfModel("check");
    print("%s%n", sanity);
    sanity.warnings().forEach(warning -> print("%s%n", warning));
    RunProfile profile = subject.profile();
    Baselines baselines =
        options.scoring().compare()
            ? profile.within("baselines", () -> Baselines.of(subject, engine()))
            : null;
    try (Influence influence = engine().build()) {
      InfluenceScorer scorer = influence.scorer(curvature(influence, folder));
      Found found = found(scorer);
      Answer answer =
          new Answer(
              profile.within("explanation", () -> explained(found, scorer, baselines)),
              compared(found, baselines),
              found.remarks(),
              options.method() + ", on " + influence.backend());
      answer.print(out);
      answer.report(about(sanity)).write(options.report().file());
      profile.lap("report");
    }
  }

  private List<String> about(Sanity sanity) {
    return List.of(
        "Model: " + options.modelName() + ". " + subject.model().coverage(),
        "Corpus: "
            + subject.corpus().size()
            + " sequences. "
            + sanity
            + (sanity.warnings().isEmpty() ? "" : " " + String.join(" ", sanity.warnings())));
  }

  private List<List<String>> compared(Found found, @Nullable Baselines baselines) {
    List<List<String>> out = new ArrayList<>();
    for (int q = 0; q < found.queries().size(); q++) {
      double[] scores = found.queries().get(q).scores();
      out.add(
          baselines == null ? List.of() : baselines.compared(q, scores, options.report().top()));
    }
    return out;
  }

  private Influence.Builder engine() {
    return options.engine(subject.model()).progress(subject.profile().listener(progress));
  }

  private FittedCurvature curvature(Influence influence, @Nullable RunFolder folder)
      throws IOException {
    if (folder == null) {
      return fit(influence);
    }
    boolean kept = Files.exists(folder.factors(options.factors()));
    print("Factors: %s %s.%n", kept ? "taken from" : "will be kept in", folder);
    return folder.factors(options.factors(), influence.layers(), () -> fit(influence));
  }

  private FittedCurvature fit(Influence influence) {
    List<Piece> sample = options.curvature().sample(subject.corpus());
    progress.expect(sample.size());
    return influence.fit(options.curvature().labelled(subject.gradients(sample)));
  }

  private Found found(InfluenceScorer scorer) throws IOException {
    int top = options.report().top();
    WordFilter filter = options.scoring().filter();
    return filter == null
        ? new FullScan(subject, scorer, options.scoring(), progress).run(options.scores(), top)
        : new Funnel(subject, scorer, options.scoring(), progress)
            .run(filter, top, options.curvature().seed());
  }

  private List<ReportQuery> explained(
      Found found, InfluenceScorer scorer, @Nullable Baselines baselines) {
    progress.expect(0);
    Explanation explanation =
        new Explanation(subject, scorer, options.scoring().pairwise(), baselines);
    List<ReportQuery> explained = new ArrayList<>();
    for (int q = 0; q < found.queries().size(); q++) {
      explained.add(explanation.of(q, found.queries().get(q)));
    }
    return explained;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    out.printf(Locale.ROOT, format, arguments);
    out.flush();
  }
}
