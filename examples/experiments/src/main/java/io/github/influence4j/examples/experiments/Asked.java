/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import org.jspecify.annotations.Nullable;

/**
 * A question to a checkpoint.
 *
 * @param kind such as {@code facts}
 * @param prompt what the model is given
 * @param completion what it says then, with the space before it
 * @param reworded the same in other words, in the same order; null for none
 * @param flipped the same with the completion's part first; null for none
 */
record Asked(
    String kind,
    String prompt,
    String completion,
    @Nullable String reworded,
    @Nullable String flipped) {
  String text() {
    return prompt + completion;
  }

  /** Whether it can be told in another order. */
  boolean ordered() {
    return reworded != null && flipped != null;
  }
}
