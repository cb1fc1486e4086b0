/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/** Takes batches one after the other. */
@FunctionalInterface
public interface GradientSink {
  /**
   * Takes a batch. What it borrows may be reused or freed when this returns.
   *
   * @param batch the next examples
   * @throws IllegalArgumentException if the batch does not fit the model or holds NaN or infinity;
   *     the text names the layer, what was expected and how to fix it. Nothing of such a batch is
   *     taken; what was taken before stays
   */
  void accept(GradientBatch batch);
}
