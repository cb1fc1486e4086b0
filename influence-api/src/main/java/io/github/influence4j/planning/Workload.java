/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.planning;

/**
 * How much there is to do.
 *
 * @param fitExamples examples that the curvature is fitted to
 * @param trainExamples examples that are scored
 * @param queries how many
 * @param rows of an example or of a query, on average: 1, or the tokens of a sequence
 */
public record Workload(long fitExamples, long trainExamples, int queries, double rows) {
  /** Checks the numbers. */
  public Workload {
    if (fitExamples < 0 || trainExamples < 0 || queries < 0 || !(rows >= 0)) {
      throw new IllegalArgumentException(
          "A workload has no negative numbers, got "
              + fitExamples
              + " and "
              + trainExamples
              + " examples, "
              + queries
              + " queries and "
              + rows
              + " rows.");
    }
  }
}
