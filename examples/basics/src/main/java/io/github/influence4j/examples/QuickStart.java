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
import java.util.function.IntFunction;

/** The program of the README: which training messages made a spam filter flag a message? */
public final class QuickStart {
  // The words "offer", "free" and "meeting" in five messages; message 4 is labelled wrongly.
  static final float[][] WORDS = {{1, 1, 0}, {1, 0, 0}, {0, 0, 1}, {0, 1, 1}, {1, 1, 0}};
  static final int[] SPAM = {1, 1, 0, 0, 0};
  static final float[] WEIGHTS = {1.2f, 0.3f, -1.6f}; // of a logistic regression trained elsewhere

  private QuickStart() {}

  /**
   * Runs it.
   *
   * @param args none
   */
  public static void main(String[] args) {
    LayerSpec layer = LayerSpec.linear("weights", 3, 1).withoutBias();
    try (Influence influence = Influence.builder().layers(layer).build()) {
      // The curvature wants labels drawn from the model, the scores want the real ones.
      LabelSampler sampler = new LabelSampler(1);
      GradientSource sampled =
          each(i -> gradient(WORDS[i], sampler.softmax(new double[] {0, logit(WORDS[i])}, i, 0)));
      GradientSource train = each(i -> gradient(WORDS[i], SPAM[i]));
      GradientSource query = sink -> sink.accept(gradient(new float[] {1, 1, 0}, 1)); // why spam?

      FittedCurvature curvature = influence.fit(sampled);
      InfluenceScores scores = influence.score(curvature, query, train, ScoreOptions.topK(2));
      scores
          .proponents(0)
          .forEach(hit -> System.out.printf("for %+.2f message %d%n", hit.score(), hit.example()));
      scores
          .opponents(0)
          .forEach(
              hit -> System.out.printf("against %+.2f message %d%n", hit.score(), hit.example()));
    }
  }

  /** What went into the layer, and the gradient of the loss at what came out: p - y. */
  static GradientBatch gradient(float[] words, int label) {
    float[] outputGradient = {(float) (1 / (1 + Math.exp(-logit(words))) - label)};
    return GradientBatch.of(
        1,
        new LayerBatch("weights", TensorView.of(words, 1, 3), TensorView.of(outputGradient, 1, 1)));
  }

  static double logit(float[] words) {
    return WEIGHTS[0] * words[0] + WEIGHTS[1] * words[1] + WEIGHTS[2] * words[2];
  }

  static GradientSource each(IntFunction<GradientBatch> message) {
    return sink -> {
      for (int i = 0; i < WORDS.length; i++) {
        sink.accept(message.apply(i));
      }
    };
  }
}
