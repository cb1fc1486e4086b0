/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.progress.ProgressListener;
import io.github.influence4j.progress.Stage;
import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A bar for each long stage of fitting and scoring. */
public final class StageProgress implements ProgressListener {
  private static final Map<Stage, String> NAMES =
      Map.of(
          Stage.COVARIANCE, "covariances", Stage.EIGENVALUES, "eigenvalues", Stage.SCORE, "scores");

  private final PrintWriter err;
  private final long examples;
  private @Nullable Stage stage;
  private @Nullable ProgressBar bar;

  /**
   * For runs over a training set.
   *
   * @param err where bars are drawn
   * @param examples training sequences
   */
  public StageProgress(PrintWriter err, long examples) {
    this.err = err;
    this.examples = examples;
  }

  @Override
  public void onProgress(Stage current, int pass, long done) {
    String name = NAMES.get(current);
    if (name == null || done > examples) {
      return;
    }
    ProgressBar shown = bar;
    if (shown == null || current != stage) {
      shown = new ProgressBar(err, name, examples, 0);
      bar = shown;
      stage = current;
    }
    shown.update(done, "");
  }
}
