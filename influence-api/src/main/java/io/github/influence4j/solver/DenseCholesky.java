/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.internal.memory.HeapSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The exact solution for small models: G as a dense matrix, one product a weight, then {@code G +
 * λI = LLᵀ}. For n weights 4n² bytes of heap and n³/3 operations: a few thousand weights.
 *
 * <pre>{@code
 * Solution exact = DenseCholesky.of(DampedSystem.of(model, 0.01)).solve(queryGradients);
 * }</pre>
 */
public final class DenseCholesky {
  /** Unit vectors that share a product. */
  private static final int COLUMNS_AT_ONCE = 64;

  /**
   * How far from symmetric G may be, relative to its largest element: float32 products are less.
   */
  private static final double ASYMMETRY = 1e-4;

  private static final double EPSILON = Math.ulp(1.0);

  private final DampedSystem system;

  /** L, row after row without what is above the diagonal. */
  private final double[][] lower;

  private final double passes;

  private DenseCholesky(DampedSystem system, double[][] lower, double passes) {
    this.system = system;
    this.lower = lower;
    this.passes = passes;
  }

  /**
   * Multiplies and decomposes.
   *
   * @param system a small system
   * @return its decomposition, for any number of right-hand sides
   * @throws IllegalArgumentException if the heap cannot hold the matrix
   * @throws ArithmeticException if it is singular, not symmetric or not finite; layer and weight
   *     are named
   */
  public static DenseCholesky of(DampedSystem system) {
    int size = system.layout().size();
    HeapSpace.require(
        (size + 1) / 2.0,
        size,
        Double.BYTES,
        "The dense Gauss-Newton Hessian of " + size + " weights",
        "solve by conjugate gradients or ASTRA instead.");
    double[][] matrix = new double[size][];
    Arrays.setAll(matrix, i -> new double[i + 1]);
    double mismatch = 0;
    for (int first = 0; first < size; first += COLUMNS_AT_ONCE) {
      int count = Math.min(COLUMNS_AT_ONCE, size - first);
      mismatch = Math.max(mismatch, columns(system, first, count, matrix));
    }
    requireSymmetric(matrix, mismatch);
    decompose(system, matrix);
    return new DenseCholesky(system, matrix, Math.ceil((double) size / COLUMNS_AT_ONCE));
  }

  /** Some columns; what is above the diagonal is compared with what is below. */
  private static double columns(DampedSystem system, int first, int count, double[][] matrix) {
    double[][] units = new double[count][matrix.length];
    int[] numbers = new int[count];
    for (int c = 0; c < count; c++) {
      units[c][first + c] = 1;
      numbers[c] = c;
    }
    double[][] products = system.multiply(null, units, numbers);
    double mismatch = 0;
    for (int c = 0; c < count; c++) {
      int column = first + c;
      for (int i = 0; i < matrix.length; i++) {
        if (i >= column) {
          matrix[i][column] = products[c][i];
        } else {
          mismatch = Math.max(mismatch, Math.abs(matrix[column][i] - products[c][i]));
        }
      }
    }
    return mismatch;
  }

  private static void requireSymmetric(double[][] matrix, double mismatch) {
    double largest = 0;
    for (double[] row : matrix) {
      for (double value : row) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    if (mismatch > ASYMMETRY * largest) {
      throw new ArithmeticException(
          "The operator's products are not those of a symmetric matrix: two elements that should be"
              + " equal differ by "
              + mismatch
              + ", the largest is "
              + largest
              + "; a Gauss-Newton product is Jᵀ H J v with the same J on both sides.");
    }
  }

  private static void decompose(DampedSystem system, double[][] matrix) {
    for (int i = 0; i < matrix.length; i++) {
      double[] row = matrix[i];
      double diagonal = row[i];
      for (int j = 0; j < i; j++) {
        row[j] = (row[j] - Vectors.dot(row, matrix[j], j)) / matrix[j][j];
      }
      double pivot = diagonal - Vectors.dot(row, row, i);
      if (!(pivot > matrix.length * EPSILON * diagonal)) {
        throw new ArithmeticException(
            "G + λI is singular at "
                + system.layout().describe(i)
                + ": its pivot is "
                + pivot
                + " of a diagonal element "
                + diagonal
                + "; raise the damping, or look for a weight that no example moves.");
      }
      row[i] = Math.sqrt(pivot);
    }
  }

  /**
   * Solves.
   *
   * @param rightHandSides [right-hand sides][weights]
   * @return the solutions; their residuals are those of products with the operator
   * @throws IllegalArgumentException if a right-hand side has another length or is not finite
   */
  public Solution solve(double[][] rightHandSides) {
    system.layout().check("Right-hand side", rightHandSides);
    double[][] x = Vectors.copy(rightHandSides);
    for (double[] vector : x) {
      substitute(vector);
    }
    double[][] products = system.multiply(x);
    List<SolveReport> reports = new ArrayList<>();
    for (int r = 0; r < x.length; r++) {
      double norm = Vectors.norm(rightHandSides[r]);
      Vectors.add(-1, rightHandSides[r], products[r]);
      double residual = norm == 0 ? 0 : Vectors.norm(products[r]) / norm;
      reports.add(new SolveReport(true, residual, 1, lower.length));
    }
    return new Solution(x, reports, passes + 1);
  }

  private void substitute(double[] vector) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (vector[i] - Vectors.dot(lower[i], vector, i)) / lower[i][i];
    }
    for (int i = vector.length - 1; i >= 0; i--) {
      double value = vector[i] / lower[i][i];
      vector[i] = value;
      for (int j = 0; j < i; j++) {
        vector[j] -= value * lower[i][j];
      }
    }
  }
}
