/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.lm.run.HitPrinter;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.report.InfluenceReport;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.scoring.InfluenceScores;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Fits, scores and explains. */
final class AttributeRun {
  private final AttributeOptions options;
  private final Subject subject;
  private final PrintWriter out;
  private final PrintWriter err;

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
  }

  void run() throws IOException {
    int sequences = subject.corpus().size();
    print("Model: %s. %s%n", options.modelName(), subject.model().coverage());
    print("Corpus: %,d sequences, %,d tokens.%n", sequences, subject.tokens());
    subject.asked(); // refuses what the model cannot take, before anything takes long
    subject.training();
    Sanity sanity =
        Sanity.of(subject.model(), subject.corpus(), options.running().checkTokens(), err);
    print("%s%n", sanity);
    sanity.warnings().forEach(warning -> print("%s%n", warning));
    try (Influence influence =
        options.engine(subject.model()).progress(new StageProgress(err, sequences)).build()) {
      FittedCurvature curvature = influence.fit(options.curvature().labelled(subject.training()));
      InfluenceScores scores = scores(influence, curvature);
      String method = options.method() + ", on " + influence.backend();
      List<ReportQuery> explained =
          new Explanation(subject, influence, curvature).of(scores, options.report().top());
      print("%nWHICH TRAINING TEXT MADE IT SAY SO?  (%s)%n", method);
      explained.forEach(new HitPrinter(out)::print);
      new InfluenceReport(
              "Which training text made a language model say so?", notes(sanity, method), explained)
          .write(options.report().file());
    }
  }

  private InfluenceScores scores(Influence influence, FittedCurvature curvature)
      throws IOException {
    boolean perLayer = options.scores().perLayer();
    InfluenceScores scores =
        influence.score(
            curvature,
            subject.asked().dataLabels(),
            subject.training().dataLabels(),
            options.scoring().pairwise().withPerLayer(perLayer));
    Path file = options.scores().file();
    if (file != null) {
      ScoresFile.write(
          file,
          scores,
          influence.selfInfluence(
              curvature, subject.training().dataLabels(), options.scoring().self()),
          perLayer);
    }
    return scores;
  }

  private List<String> notes(Sanity sanity, String method) {
    return List.of(
        "Model: " + options.modelName() + ". " + subject.model().coverage(),
        "Corpus: "
            + subject.corpus().size()
            + " sequences. "
            + sanity
            + (sanity.warnings().isEmpty() ? "" : " " + String.join(" ", sanity.warnings())),
        "Method: influence functions (Grosse et al. 2023), " + method + ".",
        "Score: by how many nats the loss of the query's completion would fall, by a linear estimate,"
            + " were the training sequence there once more. Compare scores with each other; large"
            + " ones overshoot.",
        "The part of a token is that of the position that predicts it. It also holds what that"
            + " position contributed to the prediction of later tokens.");
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    out.printf(Locale.ROOT, format, arguments);
    out.flush();
  }
}
