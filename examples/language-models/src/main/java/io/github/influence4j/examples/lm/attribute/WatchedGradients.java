/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.pytorch.TorchGradients;

/**
 * Gradients of sequences, and a clock that knows when the model runs for them.
 *
 * @param model makes them
 * @param profile of the run
 */
record WatchedGradients(TorchGradients<?> model, RunProfile profile) {
  /** For the labels of the data. */
  GradientSource dataLabels() {
    return profile.watched(model.dataLabels());
  }

  /** For labels drawn from the model. */
  GradientSource sampledLabels(LabelSampler sampler) {
    return profile.watched(model.sampledLabels(sampler));
  }
}
