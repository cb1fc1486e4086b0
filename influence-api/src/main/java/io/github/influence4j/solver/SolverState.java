/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a {@link SolverRun} stands: all that {@link IterativeSolver#resume} needs to go on, bit for
 * bit. Plain arrays, to be kept in whatever form the caller likes.
 *
 * @param solver which solver left it, with those of its settings that must stay
 * @param numbers by name: [right-hand sides][numbers], copied in and not to be changed
 */
public record SolverState(String solver, Map<String, double[][]> numbers) {
  /** Copies the map and its arrays. */
  public SolverState {
    Map<String, double[][]> copies = new TreeMap<>();
    numbers.forEach((name, values) -> copies.put(name, Vectors.copy(values)));
    numbers = new LinkedHashMap<>(copies);
  }

  /** A copy of what is kept by a name. */
  double[][] get(String name, int rows, int columns) {
    double[][] found = numbers.get(name);
    if (found == null || !isMatrix(found, rows, columns)) {
      throw new IllegalArgumentException(
          "The state has no \""
              + name
              + "\" of "
              + rows
              + " x "
              + columns
              + " numbers; it is of another system, or incomplete.");
    }
    return Vectors.copy(found);
  }

  private static boolean isMatrix(double[][] values, int rows, int columns) {
    return values.length == rows && Arrays.stream(values).allMatch(row -> row.length == columns);
  }
}
