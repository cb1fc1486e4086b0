/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.LayerSpec;
import java.util.Objects;

/** Whether the captures allow a score for each row, which must mean the same in every layer. */
final class RowScores {
  private RowScores() {}

  /** T, the rows that an example has in every layer. */
  static int rows(Captures captures) {
    CapturedSide training = captures.training();
    LayerTensors first = training.first(captures.layers().get(0).name());
    for (LayerSpec layer : captures.layers()) {
      LayerTensors tensors = training.first(layer.name());
      Check.that(
          training.uses(layer.name()) == 1,
          "--per-row: layer \"%s\" is used %d times, so a score has no single row; leave it out of"
              + " the captures, or leave out --per-row.",
          layer.name(),
          training.uses(layer.name()));
      Check.that(
          !(tensors.layout() instanceof StatedRows),
          "--per-row: \"%s\" names the example of each row of layer \"%s\", whose rows are not those of"
              + " other layers; leave it out of the captures, or leave out --per-row.",
          Side.TRAIN.rows(layer.name(), 0),
          layer.name());
      Check.that(
          tensors.rows() == first.rows(),
          "--per-row: \"%s\" has %d rows an example, \"%s\" has %d; capture layers with the same rows"
              + " only, or leave out --per-row.",
          tensors.gradientsName(),
          tensors.rows(),
          first.gradientsName(),
          first.rows());
      Check.that(
          Objects.equals(training.mask(), training.mask(layer.name())),
          "--per-row: \"%s\" masks other rows than those of \"%s\"; leave out the mask or --per-row.",
          Side.TRAIN.mask(),
          tensors.activationsName());
    }
    return first.rows();
  }
}
