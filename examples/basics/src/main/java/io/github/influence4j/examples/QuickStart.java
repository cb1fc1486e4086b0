/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;

/** The program of the README: which training examples made a spam filter flag a message? */
public final class QuickStart {
  // Words "offer", "free", "meeting" of five messages; the last one is labelled wrongly.
  private static final float[][] TRAIN = {{1, 1, 0}, {1, 0, 0}, {0, 0, 1}, {0, 1, 1}, {1, 1, 0}};
  private static final int[] SPAM = {1, 1, 0, 0, 0};
  private static final float[] WEIGHTS = {
    1.2f, 0.3f, -1.6f
  }; // of a logistic regression, trained elsewhere

  private QuickStart() {}

  /**
   * Runs it.
   *
   * @param args none
   */
  public static void main(String[] args) {
    LayerSpec layer = LayerSpec.linear("weights", 3, 1).withoutBias();
    LabelSampler sampler = new LabelSampler(1);
    try (Influence influence = Influence.builder().layers(layer).build()) {
      // Curvature: labels drawn from the model. Scores: the real labels.
      FittedCurvature curvature =
          influence.fit(
              sink -> {
                for (int i = 0; i < TRAIN.length; i++) {
                  int label = sampler.softmax(new double[] {0, logit(TRAIN[i])}, i, 0);
                  sink.accept(gradient(TRAIN[i], label));
                }
              });
      GradientSource train =
          sink -> {
            for (int i = 0; i < TRAIN.length; i++) {
              sink.accept(gradient(TRAIN[i], SPAM[i]));
            }
          };
      GradientSource query = sink -> sink.accept(gradient(new float[] {1, 1, 0}, 1)); // why spam?
      InfluenceScores scores = influence.score(curvature, query, train, ScoreOptions.topK(2));
      scores
          .proponents(0)
          .forEach(
              hit -> System.out.printf("for     %+.2f  message %d%n", hit.score(), hit.example()));
      scores
          .opponents(0)
          .forEach(
              hit -> System.out.printf("against %+.2f  message %d%n", hit.score(), hit.example()));
    }
  }

  private static double logit(float[] words) {
    return WEIGHTS[0] * words[0] + WEIGHTS[1] * words[1] + WEIGHTS[2] * words[2];
  }

  /** One example: what went into the layer, and the loss's gradient at what came out: p - y. */
  private static GradientBatch gradient(float[] words, int label) {
    double probability = 1 / (1 + Math.exp(-logit(words)));
    float[] outputGradient = {(float) (probability - label)};
    return GradientBatch.of(
        1,
        new LayerBatch("weights", TensorView.of(words, 1, 3), TensorView.of(outputGradient, 1, 1)));
  }
}
