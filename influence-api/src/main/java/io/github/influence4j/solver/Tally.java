/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** What a run has done so far. */
final class Tally {
  private static final String SHARED = "shared";
  private static final String EACH = "each";

  /** Tells right-hand sides apart. */
  private final int[] fingerprints;

  /** By right-hand side. */
  final long[] iterations;

  /** By right-hand side: examples over which products were taken. */
  final long[] examples;

  /** By right-hand side: whether it has converged. */
  final boolean[] done;

  long steps;

  /** Examples over which products were taken, for all right-hand sides together. */
  long passed;

  Tally(double[][] rightHandSides) {
    fingerprints = Arrays.stream(rightHandSides).mapToInt(Arrays::hashCode).toArray();
    iterations = new long[fingerprints.length];
    examples = new long[fingerprints.length];
    done = new boolean[fingerprints.length];
  }

  int[] active() {
    return IntStream.range(0, done.length).filter(r -> !done[r]).toArray();
  }

  /** Counts a product of some right-hand sides. */
  void count(int[] numbers, long over) {
    passed += over;
    for (int r : numbers) {
      examples[r] += over;
      iterations[r]++;
    }
  }

  void keep(Map<String, double[][]> numbers) {
    double[][] each = new double[done.length][];
    Arrays.setAll(
        each, r -> new double[] {iterations[r], examples[r], done[r] ? 1 : 0, fingerprints[r]});
    numbers.put(EACH, each);
    numbers.put(SHARED, new double[][] {{steps, passed}});
  }

  void restore(SolverState state) {
    double[] shared = state.get(SHARED, 1, 2)[0];
    steps = (long) shared[0];
    passed = (long) shared[1];
    double[][] each = state.get(EACH, done.length, 4);
    for (int r = 0; r < each.length; r++) {
      iterations[r] = (long) each[r][0];
      examples[r] = (long) each[r][1];
      done[r] = each[r][2] != 0;
      if (each[r][3] != fingerprints[r]) {
        throw new IllegalArgumentException(
            "Right-hand side "
                + r
                + " is not the one that the state was kept of; resume with the same ones, in the"
                + " same order.");
      }
    }
  }
}
