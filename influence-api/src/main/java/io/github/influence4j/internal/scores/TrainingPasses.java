/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

/** Counts passes over the training data. */
final class TrainingPasses {
  private int count;
  private long examples;

  /** Passes so far. */
  int count() {
    return count;
  }

  /** Examples in each of them. */
  long examples() {
    return examples;
  }

  /** Ends a pass in which the source pushed so many examples. */
  void end(long seen) {
    if (seen == 0) {
      throw new IllegalArgumentException("The training source pushed no examples.");
    }
    examples = seen;
    count++;
  }
}
