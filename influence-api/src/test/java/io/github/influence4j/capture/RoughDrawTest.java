/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.testing.SeededRandom;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Labels drawn by rough probabilities are those drawn by the logits. */
final class RoughDrawTest {
  private static final LabelSampler SAMPLER = new LabelSampler(3);

  @RepeatedTest(20)
  void drawsTheSameClasses(RepetitionInfo repetition) {
    Random random = SeededRandom.at("rough", repetition.getCurrentRepetition());
    int classes = 1 + random.nextInt(20_000);
    double spread = Math.exp(6 * random.nextDouble() - 3);
    float[] logits = new float[classes];
    for (int i = 0; i < classes; i++) {
      logits[i] = (float) (spread * random.nextGaussian());
    }
    float[] probabilities = probabilities(logits, random);
    for (int row = 0; row < 50; row++) {
      assertThat(SAMPLER.softmax(logits, probabilities, 1, row))
          .isEqualTo(SAMPLER.softmax(logits, 1, row));
    }
  }

  /** Off by 4e-7 of themselves, and by a common factor. */
  private static float[] probabilities(float[] logits, Random random) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    float[] out = new float[logits.length];
    for (int i = 0; i < out.length; i++) {
      double error = 4e-7 * (2 * random.nextDouble() - 1);
      out[i] = (float) (0.7 * Math.exp(logits[i] - max) * (1 + error));
    }
    return out;
  }

  @Test
  void tellsWhatIsCertain() {
    RoughDraw draw = new RoughDraw(new float[] {0.25f, 0, 0.5f, 0.25f});
    assertThat(draw.at(0.1)).isEqualTo(0);
    assertThat(draw.at(0.25 - 1e-5)).isEqualTo(0);
    assertThat(draw.at(0.25 + 1e-5)).isEqualTo(2);
    assertThat(draw.at(0.9)).isEqualTo(3);
  }

  @Test
  void doesNotGuessAtBorders() {
    float[] shares = new float[200];
    java.util.Arrays.fill(shares, 1);
    RoughDraw draw = new RoughDraw(shares);
    assertThat(draw.at(0.5 - 1e-6)).isEqualTo(RoughDraw.UNKNOWN);
    assertThat(draw.at(0.5)).isEqualTo(RoughDraw.UNKNOWN);
    assertThat(draw.at(0.5 + 1e-6)).isEqualTo(RoughDraw.UNKNOWN);
    assertThat(draw.at(0.5 + 1e-5)).isEqualTo(100);
    assertThat(new RoughDraw(new float[] {1, Float.NaN}).at(0.2)).isEqualTo(RoughDraw.UNKNOWN);
  }

  @Test
  void refusesLogitsThatAreNoNumbers() {
    float[] probabilities = {Float.NaN, Float.NaN};
    assertThatThrownBy(() -> SAMPLER.softmax(new float[] {0, Float.NaN}, probabilities, 4, 2))
        .hasMessageContaining("Example 4, row 2: a logit is NaN");
  }
}
