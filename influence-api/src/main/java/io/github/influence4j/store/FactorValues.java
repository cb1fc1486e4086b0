/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.TensorView;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the numbers of factors must satisfy, on the way into a file and out of it. */
final class FactorValues {
  /** Of the squared length of an eigenvector; orthonormal float32 vectors stay far below. */
  private static final double LENGTH_TOLERANCE = 1e-2;

  private FactorValues() {}

  /** Finite numbers. Returns what is wrong, or null. */
  static @Nullable String finite(TensorView tensor) {
    return numbers(tensor, Double.NEGATIVE_INFINITY, "finite");
  }

  /** Finite numbers of 0 or more. Returns what is wrong, or null. */
  static @Nullable String finiteNotNegative(TensorView tensor) {
    return numbers(tensor, 0, "finite and not negative");
  }

  private static @Nullable String numbers(TensorView tensor, double least, String expected) {
    for (int i = 0; i < tensor.elements(); i++) {
      double value = tensor.get(i);
      if (!Double.isFinite(value) || value < least) {
        return "has " + value + " at element " + i + ", expected numbers that are " + expected;
      }
    }
    return null;
  }

  /** Finite columns of length 1. Returns what is wrong, or null. */
  static @Nullable String unitColumns(TensorView matrix) {
    String problem = finite(matrix);
    if (problem != null) {
      return problem;
    }
    int columns = Math.toIntExact(matrix.size(1));
    double[] lengths = new double[columns];
    for (int i = 0; i < matrix.elements(); i++) {
      double value = matrix.get(i);
      lengths[i % columns] += value * value;
    }
    for (int j = 0; j < columns; j++) {
      if (!(Math.abs(lengths[j] - 1) <= LENGTH_TOLERANCE)) {
        return String.format(
            Locale.ROOT,
            "has column %d of length %.6g, expected eigenvectors of length 1",
            j,
            Math.sqrt(lengths[j]));
      }
    }
    return null;
  }

  /** Returns what is wrong, or null. */
  static @Nullable String shape(long[] found, long... expected) {
    return Arrays.equals(found, expected)
        ? null
        : "has shape " + Arrays.toString(found) + ", expected " + Arrays.toString(expected);
  }
}
