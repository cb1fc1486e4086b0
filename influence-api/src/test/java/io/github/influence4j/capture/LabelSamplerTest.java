/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LabelSamplerTest {
  private static final int DRAWS = 40_000;
  private static final double[] LOGITS = {0, 1, -1, 2, -30};

  private final LabelSampler sampler = new LabelSampler(5);

  @Test
  void labelsFollowTheSoftmax() {
    double total = 1 + Math.E + 1 / Math.E + Math.E * Math.E;
    double[] expected = {1 / total, Math.E / total, 1 / Math.E / total, Math.E * Math.E / total};
    for (int direction = 0; direction < 2; direction++) {
      int[] counts = new int[5];
      for (int i = 0; i < DRAWS; i++) {
        counts[direction == 0 ? sampler.softmax(LOGITS, i, 2) : sampler.softmax(LOGITS, 2, i)]++;
      }
      assertThat(counts[4]).isZero();
      // 3 degrees of freedom: above 21.1 with probability 1e-4; the seed is fixed.
      assertThat(ChiSquare.of(Arrays.copyOf(counts, 4), expected)).isLessThan(21.1);
    }
  }

  /** The label of a row is a function of seed, example and row: no order or batching enters. */
  @Test
  void labelsDependOnTheirPlaceAlone() {
    int[] forward = new int[200];
    for (int i = 0; i < forward.length; i++) {
      forward[i] = sampler.softmax(LOGITS, i / 4, i % 4);
    }
    LabelSampler other = new LabelSampler(5);
    for (int i = forward.length - 1; i >= 0; i--) {
      assertThat(other.softmax(LOGITS, i / 4, i % 4)).isEqualTo(forward[i]);
    }
    float[] narrow = {0, 1, -1, 2, -30};
    assertThat(sampler.softmax(narrow, 3, 1)).isEqualTo(forward[13]);
  }

  /** Two labels of different places agree as often as independent ones do. */
  @Test
  void neighboursAndSeedsAreIndependent() {
    double[] even = {0, 0};
    LabelSampler next = new LabelSampler(6);
    int[] agreeing = new int[4];
    for (int i = 0; i < DRAWS; i++) {
      int label = sampler.softmax(even, i, 0);
      agreeing[0] += label == sampler.softmax(even, i + 1, 0) ? 1 : 0;
      agreeing[1] += label == sampler.softmax(even, i, 1) ? 1 : 0;
      agreeing[2] += label == next.softmax(even, i, 0) ? 1 : 0;
      agreeing[3] += label == (sampler.gaussian(0, 1, i, 0, 1) > 0 ? 1 : 0) ? 1 : 0;
    }
    for (int count : agreeing) {
      // Four standard deviations of a fair coin.
      assertThat(Math.abs(count - DRAWS / 2)).isLessThan((int) (2 * Math.sqrt(DRAWS)));
    }
  }

  @Test
  void hugeLogitsDoNotOverflow() {
    assertThat(sampler.softmax(new double[] {-1e300, 1e300, 0}, 0, 0)).isEqualTo(1);
    assertThat(sampler.softmax(new double[] {3}, 0, 0)).isZero();
  }

  /** Padded vocabularies: the padding is never drawn, and the others as if it were not there. */
  @Test
  void classesOfProbabilityZeroAreNeverDrawn() {
    double none = Double.NEGATIVE_INFINITY;
    double[] padded = {none, 0, none, 1, -1, none};
    double[] plain = {0, 1, -1};
    int[] place = {1, 3, 4};
    for (int i = 0; i < DRAWS; i++) {
      assertThat(sampler.softmax(padded, i, 3)).isEqualTo(place[sampler.softmax(plain, i, 3)]);
    }
    float[] narrow = {Float.NEGATIVE_INFINITY, -3e38f, Float.NEGATIVE_INFINITY};
    assertThat(sampler.softmax(narrow, 0, 0)).isEqualTo(1);
    assertThat(sampler.softmax(new double[] {none, -Double.MAX_VALUE}, 1, 0)).isEqualTo(1);
  }

  @Test
  void logitsThatAreNoDistribution() {
    double none = Double.NEGATIVE_INFINITY;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampler.softmax(new double[] {0, Double.NaN}, 7, 4))
        .withMessageContaining("Example 7, row 4: a logit is NaN (class 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampler.softmax(new double[] {1 / 0.0, none}, 7, 4))
        .withMessageContaining("Example 7, row 4: a logit is Infinity (class 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampler.softmax(new double[] {none, none}, 7, 4))
        .withMessageContaining("Example 7, row 4: the logits of all 2 classes are -Infinity");
  }

  @Test
  void gaussianTargetsHaveTheMeanAndTheVariance() {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < DRAWS; i++) {
      double x = sampler.gaussian(3, 0.5, i / 8, i % 4, i / 4 % 2) - 3;
      sum += x;
      squares += x * x;
    }
    assertThat(sum / DRAWS).isCloseTo(0, within(4 * Math.sqrt(0.5 / DRAWS)));
    assertThat(squares / DRAWS).isCloseTo(0.5, within(4 * 0.5 * Math.sqrt(2.0 / DRAWS)));
    assertThat(sampler.gaussian(3, 0, 1, 2, 3)).isEqualTo(3);
    double standard = sampler.gaussian(0, 1, 1, 2, 3);
    assertThat(sampler.gaussian(3, 4, 1, 2, 3)).isCloseTo(3 + 2 * standard, within(1e-14));
  }
}
