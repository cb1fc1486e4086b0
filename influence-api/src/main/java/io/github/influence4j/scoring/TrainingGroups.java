/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import java.util.Objects;
import java.util.function.LongToIntFunction;

/**
 * Sets of training examples whose scores are summed, such as all examples of one source.
 *
 * @param count number of groups
 * @param groupOf the group of an example, 0 to count-1, or -1 to leave the example out
 */
public record TrainingGroups(int count, LongToIntFunction groupOf) {
  /** Checks the arguments. */
  public TrainingGroups {
    Objects.requireNonNull(groupOf, "groupOf");
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, got " + count);
    }
  }

  /**
   * One group of all training examples.
   *
   * @return the groups
   */
  public static TrainingGroups all() {
    return new TrainingGroups(1, example -> 0);
  }
}
