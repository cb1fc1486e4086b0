/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.TensorView;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What the numbers of factors must satisfy, on the way into a file and out of it. */
final class FactorValues {
  /** Of the squared length of an eigenvector; orthonormal float32 vectors stay far below. */
  private static final double LENGTH_TOLERANCE = 1e-2;

  /**
   * Of {@code ‖QᵀQs − s‖/‖s‖} for a vector s of random signs, which is {@code ‖QᵀQ − I‖_F/√d} on
   * average: a stable eigensolver in float32 stays below d roundoffs, and rounding its result below
   * a few more. One product tells what QᵀQ would tell at d times the cost.
   */
  private static final double FLOAT32_ROUNDOFF = 0x1p-24;

  /** Sums in different orders, in float32, over very many rows, stay closer than this. */
  private static final double SYMMETRY_TOLERANCE = 1e-3;

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

  /**
   * Finite numbers, the same on both sides of the diagonal but for rounding, none negative on it.
   * Returns what is wrong, or null.
   */
  static @Nullable String symmetric(TensorView matrix) {
    String problem = finite(matrix);
    int d = Math.toIntExact(matrix.size(0));
    double[] deviations = new double[d];
    for (int i = 0; i < d && problem == null; i++) {
      double variance = matrix.get(i * d + i);
      deviations[i] = Math.sqrt(variance);
      problem = variance < 0 ? "has " + variance + " on its diagonal, at row " + i : null;
    }
    for (int i = 0; i < d && problem == null; i++) {
      for (int j = 0; j < i && problem == null; j++) {
        double below = matrix.get(i * d + j);
        double above = matrix.get(j * d + i);
        double size = Math.max(Math.abs(below), deviations[i] * deviations[j]);
        if (Math.abs(below - above) > SYMMETRY_TOLERANCE * size) {
          problem =
              String.format(
                  Locale.ROOT,
                  "has %.6g at row %d, column %d but %.6g on the other side of the diagonal,"
                      + " expected a symmetric matrix",
                  below,
                  i,
                  j,
                  above);
        }
      }
    }
    return problem;
  }

  /** Finite orthonormal columns. Returns what is wrong, or null. */
  static @Nullable String orthonormal(TensorView matrix) {
    String problem = finite(matrix);
    if (problem != null) {
      return problem;
    }
    int d = Math.toIntExact(matrix.size(1));
    double[] lengths = new double[d];
    double[] signs = signs(d);
    double[] image = new double[d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        double value = matrix.get(i * d + j);
        lengths[j] += value * value;
        image[i] += value * signs[j];
      }
    }
    for (int j = 0; j < d; j++) {
      if (!(Math.abs(lengths[j] - 1) <= LENGTH_TOLERANCE)) {
        return String.format(
            Locale.ROOT,
            "has column %d of length %.6g, expected eigenvectors of length 1",
            j,
            Math.sqrt(lengths[j]));
      }
    }
    double error = distance(transposedProduct(matrix, image), signs) / Math.sqrt(d);
    double allowed = (d + 8) * FLOAT32_ROUNDOFF;
    return error <= allowed
        ? null
        : String.format(
            Locale.ROOT,
            "has columns that are not orthogonal (error %.3g, allowed %.3g), expected eigenvectors",
            error,
            allowed);
  }

  private static double[] signs(int d) {
    Random random = new Random(d);
    double[] signs = new double[d];
    Arrays.setAll(signs, i -> random.nextBoolean() ? 1 : -1);
    return signs;
  }

  private static double[] transposedProduct(TensorView matrix, double[] vector) {
    int d = vector.length;
    double[] product = new double[d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        product[j] += matrix.get(i * d + j) * vector[i];
      }
    }
    return product;
  }

  private static double distance(double[] a, double[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  /** Returns what is wrong, or null. */
  static @Nullable String shape(long[] found, long... expected) {
    return Arrays.equals(found, expected)
        ? null
        : "has shape " + Arrays.toString(found) + ", expected " + Arrays.toString(expected);
  }
}
