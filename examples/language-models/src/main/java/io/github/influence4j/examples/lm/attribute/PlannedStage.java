/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.progress.Stage;

/**
 * What one stage of a run would take.
 *
 * @param name as {@code --profile} prints it
 * @param passes over the sequences
 * @param sequences of one pass through the model
 * @param model the stage whose runs of the model were tried
 * @param operations of all passes, beside the model's
 * @param tried the stage whose operations were tried
 */
record PlannedStage(
    String name, int passes, long sequences, Stage model, double operations, Stage tried) {
  /** One that costs little beside the model. */
  static PlannedStage ofModel(String name, int passes, long sequences, Stage model) {
    return new PlannedStage(name, passes, sequences, model, 0, model);
  }

  /**
   * Of the model.
   *
   * @param rows of a sequence
   */
  double modelSeconds(Probe probe, double rows) {
    return passes * sequences * rows * probe.modelSeconds().getOrDefault(model, 0.0);
  }

  /** Of everything else. */
  double restSeconds(Probe probe) {
    return operations * probe.seconds().getOrDefault(tried, 0.0);
  }
}
