/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.progress.ProgressListener;
import io.github.influence4j.progress.Stage;
import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A bar for each pass over the data: of fitting, of scoring, of self-influence. */
public final class StageProgress implements ProgressListener {
  private static final Map<Stage, String> NAMES =
      Map.of(
          Stage.COVARIANCE, "covariances",
          Stage.EIGENVALUES, "eigenvalues",
          Stage.SCORE, "scores",
          Stage.SELF_INFLUENCE, "self-influence");

  private final PrintWriter err;
  private long examples;
  private long done;
  private int pass;
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

  /**
   * What comes next runs over other data.
   *
   * @param other examples of a pass; 0 for passes that are too short to be shown
   */
  public void expect(long other) {
    examples = other;
    bar = null;
  }

  @Override
  public void onProgress(Stage current, int currentPass, long now) {
    String name = NAMES.get(current);
    if (name == null || now > examples) {
      return;
    }
    ProgressBar shown = bar;
    if (shown == null || current != stage || currentPass != pass || now < done) {
      String numbered = currentPass == 0 ? name : name + " " + (currentPass + 1);
      shown = new ProgressBar(err, numbered, examples, now); // the first batch began before
      bar = shown;
      stage = current;
      pass = currentPass;
    }
    done = now;
    shown.update(now, "");
  }
}
