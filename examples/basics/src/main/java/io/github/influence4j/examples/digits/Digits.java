/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * Handwritten digits, 8×8 pixels.
 *
 * @param pixels [digits, 64] row by row, from 0 (paper) to 1 (ink)
 * @param labels 0 to 9
 */
record Digits(double[] pixels, int[] labels) {
  static final int SIDE = 8;
  static final int PIXELS = SIDE * SIDE;
  static final int CLASSES = 10;
  private static final int TRAIN = 1437;

  /** The first 1,437 digits of the data set. */
  static Digits train() {
    return load().range(0, TRAIN);
  }

  /** The other 360. */
  static Digits test() {
    Digits all = load();
    return all.range(TRAIN, all.size());
  }

  private static Digits load() {
    InputStream resource = Digits.class.getResourceAsStream("digits.csv.gz");
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Objects.requireNonNull(resource)), StandardCharsets.UTF_8))) {
      List<double[]> rows =
          reader
              .lines()
              .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble))
              .map(numbers -> numbers.toArray())
              .toList();
      double[] pixels = new double[rows.size() * PIXELS];
      int[] labels = new int[rows.size()];
      for (int i = 0; i < labels.length; i++) {
        for (int p = 0; p < PIXELS; p++) {
          pixels[i * PIXELS + p] = rows.get(i)[p] / 16;
        }
        labels[i] = (int) rows.get(i)[PIXELS];
      }
      return new Digits(pixels, labels);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
