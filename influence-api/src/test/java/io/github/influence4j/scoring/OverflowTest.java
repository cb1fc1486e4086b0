/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import org.junit.jupiter.api.Test;

/** Finite data whose scores are not: an error that names the layer, never a silent infinity. */
final class OverflowTest {
  private static final GradientSource HUGE =
      sink ->
          sink.accept(
              GradientBatch.of(
                  1,
                  new LayerBatch(
                      "fc",
                      TensorView.of(new double[] {1e200}, 1, 1),
                      TensorView.of(new double[] {1}, 1, 1))));

  @Test
  void namesTheLayer() {
    try (Influence influence =
        Influence.builder()
            .layers(LayerSpec.linear("fc", 1, 1).withoutBias())
            .strategy(CurvatureStrategy.IDENTITY)
            .backend("reference")
            .build()) {
      FittedCurvature curvature = influence.fit(HUGE);
      String message = "Layer \"fc\": a score is Infinity; the data overflow";
      assertThatThrownBy(() -> influence.score(curvature, HUGE, HUGE, ScoreOptions.pairwise()))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining(message);
      assertThatThrownBy(
              () -> influence.selfInfluence(curvature, HUGE, SelfInfluenceOptions.defaults()))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining(message);
    }
  }
}
