/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.examples.data.NumberRows;
import java.util.Arrays;
import java.util.List;

/**
 * Handwritten digits, 8×8 pixels.
 *
 * @param pixels [digits, 64] row by row, from 0 (paper) to 1 (ink)
 * @param labels 0 to 9
 */
public record Digits(double[] pixels, int[] labels) {
  static final int SIDE = 8;
  static final int PIXELS = SIDE * SIDE;
  static final int CLASSES = 10;
  private static final int TRAIN = 1437;

  /**
   * The first 1,437 digits of the data set.
   *
   * @return digits to train on
   */
  public static Digits train() {
    return load().range(0, TRAIN);
  }

  /**
   * The other 360.
   *
   * @return digits to ask about
   */
  public static Digits test() {
    Digits all = load();
    return all.range(TRAIN, all.size());
  }

  private static Digits load() {
    List<double[]> rows = NumberRows.read(Digits.class, "digits.csv.gz", 0);
    double[] pixels = new double[rows.size() * PIXELS];
    int[] labels = new int[rows.size()];
    for (int i = 0; i < labels.length; i++) {
      for (int p = 0; p < PIXELS; p++) {
        pixels[i * PIXELS + p] = rows.get(i)[p] / 16;
      }
      labels[i] = (int) rows.get(i)[PIXELS];
    }
    return new Digits(pixels, labels);
  }

  int size() {
    return labels.length;
  }

  /** Some consecutive digits. */
  Digits range(int from, int to) {
    return new Digits(
        Arrays.copyOfRange(pixels, from * PIXELS, to * PIXELS),
        Arrays.copyOfRange(labels, from, to));
  }

  /** Some digits in the given order. */
  Digits select(int... indices) {
    double[] chosen = new double[indices.length * PIXELS];
    int[] chosenLabels = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(pixels, indices[i] * PIXELS, chosen, i * PIXELS, PIXELS);
      chosenLabels[i] = labels[indices[i]];
    }
    return new Digits(chosen, chosenLabels);
  }

  /** The same pictures under other labels. */
  Digits withLabels(int[] newLabels) {
    return new Digits(pixels, newLabels);
  }
}
