/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.store.CapturedExamples;
import io.github.influence4j.store.CapturedGradients;
import java.util.Arrays;

/** Whether the captures allow a score for each row, which must mean the same in every layer. */
final class RowScores {
  private RowScores() {}

  /** T, the rows that an example has in every layer. */
  static int rows(CapturedGradients captures) {
    CapturedExamples training = captures.training();
    String first = captures.layers().get(0).name();
    int rows = training.rows(first);
    for (LayerSpec spec : captures.layers()) {
      String layer = spec.name();
      Check.that(
          training.uses(layer) == 1,
          "--per-row: layer \"%s\" is used %d times, so a score has no single row; leave it out of"
              + " the captures, or leave out --per-row.",
          layer,
          training.uses(layer));
      Check.that(
          training.rows(layer) == rows,
          "--per-row: \"train.grad.%s\" has %d rows an example, \"train.grad.%s\" has %d; capture layers with the same rows"
              + " only, or leave out --per-row.",
          layer,
          training.rows(layer),
          first,
          rows);
      Check.that(
          Arrays.equals(training.mask(), training.mask(layer)),
          "--per-row: \"train.mask\" masks other rows than those of \"train.act.%s\"; leave out the mask"
              + " or --per-row.",
          layer);
    }
    return rows;
  }
}
