/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.GradientBatch;

/**
 * Two passes over the same data that a user pushes batch by batch, 64 bytes an example. Their order
 * may differ, for only sums are made of them.
 */
public final class PushedPasses {
  private final Fingerprints first = new Fingerprints();
  private final Fingerprints second = new Fingerprints(first);

  /** Nothing was pushed yet. */
  public PushedPasses() {}

  /**
   * Remembers a batch of the first pass, which was taken.
   *
   * @param batch borrowed for the call
   */
  public void first(GradientBatch batch) {
    first.keep(first.of(batch));
  }

  /**
   * Remembers a batch of the second pass, which was taken.
   *
   * @param batch borrowed for the call
   */
  public void second(GradientBatch batch) {
    second.keep(second.of(batch));
  }

  /**
   * Compares the passes.
   *
   * @throws IllegalStateException if they were not over the same examples
   */
  public void requireSame() {
    if (first.count() != second.count()) {
      throw new IllegalStateException(
          "The second pass had "
              + second.count()
              + " examples, the first "
              + first.count()
              + "; push the same examples in both.");
    }
    String difference = second.differenceInAnyOrder(first);
    if (difference != null) {
      throw new IllegalStateException(
          "The second pass was not over the examples of the first: it had none like "
              + difference
              + "; push the same examples in both, switch dropout and random augmentation off, and"
              + " sample labels reproducibly (LabelSampler).");
    }
  }
}
