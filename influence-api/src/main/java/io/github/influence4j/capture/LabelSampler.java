/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * Draws labels from the model's own predictive distribution, which is what makes the true Fisher
 * (Grosse et al. 2023, section 2.2; Kunstner et al. 2019 on why data labels will not do). The label
 * of a row depends on the seed, the example and the row alone.
 *
 * <pre>{@code
 * LabelSampler sampler = new LabelSampler(42);
 * int label = sampler.softmax(logits, example, token);
 * }</pre>
 *
 * @param seed of all labels
 */
public record LabelSampler(long seed) {
  /**
   * A class from softmax(logits).
   *
   * @param logits one number a class, negative infinity for a class that cannot be drawn, such as
   *     the padding of a vocabulary
   * @param example number of the example in the data set
   * @param row number of the row in the example (token; 0 for plain classifiers)
   * @return a class, with probability softmax(logits)[class]
   * @throws IllegalArgumentException if a logit is NaN or positive infinity, or no class can be
   *     drawn
   */
  public int softmax(float[] logits, long example, long row) {
    double[] wide = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      wide[i] = logits[i];
    }
    return softmax(wide, example, row);
  }

  /**
   * A class from softmax(logits).
   *
   * @param logits one number a class, negative infinity for a class that cannot be drawn, such as
   *     the padding of a vocabulary
   * @param example number of the example in the data set
   * @param row number of the row in the example (token; 0 for plain classifiers)
   * @return a class, with probability softmax(logits)[class]
   * @throws IllegalArgumentException if a logit is NaN or positive infinity, or no class can be
   *     drawn
   */
  public int softmax(double[] logits, long example, long row) {
    if (logits.length == 0) {
      throw new IllegalArgumentException(
          "Example " + example + ", row " + row + ": no logits; pass one a class.");
    }
    double max = max(logits, example, row);
    double[] weights = new double[logits.length];
    double total = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.exp(logits[i] - max);
      total += weights[i];
    }
    double threshold = total * uniform(example, row);
    double sum = 0;
    int last = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      if (threshold < sum) {
        return i;
      }
      last = weights[i] > 0 ? i : last;
    }
    return last; // where the threshold was rounded up to the sum
  }

  /**
   * The same class as {@link #softmax(float[], long, long)} gives, found without exponentials where
   * a framework has computed the probabilities anyway. Where they are not exact enough to tell, it
   * is computed from the logits.
   *
   * @param logits one number a class
   * @param probabilities softmax(logits) in float32, up to a common factor; each with a relative
   *     error below that of float32's own difference and exponential
   * @param example number of the example in the data set
   * @param row number of the row in the example
   * @return a class, with probability softmax(logits)[class]
   * @throws IllegalArgumentException if a logit is NaN or positive infinity, or no class can be
   *     drawn
   */
  public int softmax(float[] logits, float[] probabilities, long example, long row) {
    int known = new RoughDraw(probabilities).at(uniform(example, row));
    return known == RoughDraw.UNKNOWN ? softmax(logits, example, row) : known;
  }

  private double uniform(long example, long row) {
    return CounterRandom.uniform(seed, example, row << 32);
  }

  private static double max(double[] logits, long example, long row) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      if (Double.isNaN(logits[i]) || logits[i] == Double.POSITIVE_INFINITY) {
        throw new IllegalArgumentException(
            "Example "
                + example
                + ", row "
                + row
                + ": a logit is "
                + logits[i]
                + " (class "
                + i
                + "); expected a finite number, or -Infinity for a class that cannot be drawn.");
      }
      max = Math.max(max, logits[i]);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      throw new IllegalArgumentException(
          "Example "
              + example
              + ", row "
              + row
              + ": the logits of all "
              + logits.length
              + " classes are -Infinity, so no class can be drawn.");
    }
    return max;
  }

  /**
   * A target from a Gaussian around the prediction.
   *
   * @param mean the model's prediction
   * @param variance 1 for the loss ½(f−y)², ½ for (f−y)²
   * @param example number of the example in the data set
   * @param row number of the row in the example
   * @param output number of the output in the row
   * @return mean + √variance · N(0, 1)
   */
  public double gaussian(double mean, double variance, long example, int row, int output) {
    if (!Double.isFinite(mean) || !(variance >= 0) || Double.isInfinite(variance)) {
      throw new IllegalArgumentException(
          "Example "
              + example
              + ", row "
              + row
              + ": the mean is "
              + mean
              + " and the variance "
              + variance
              + "; both must be finite, the variance 0 or more.");
    }
    long place = ((long) row << 32) | (output & 0xffffffffL);
    return mean + Math.sqrt(variance) * CounterRandom.gaussian(seed, example, place);
  }
}
