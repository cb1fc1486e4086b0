/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import org.junit.jupiter.api.Test;

/** Calls out of order, on other models, after closing, or over sources that change. */
final class OutOfOrderTest extends BadInput {
  @Test
  void factorsOfAnotherModel() {
    LayerSpec other = LayerSpec.linear("other", 3, 2);
    LayerBatch second = new LayerBatch("other", tensor(2, 3), tensor(2, 2));
    try (Influence influence = influence(FC);
        Influence both = influence(other, FC);
        Influence swapped = influence(FC, other)) {
      FittedCurvature curvature = both.fit(source(two(second, fc(tensor(2, 3), tensor(2, 2)))));
      illegal(() -> influence.scorer(curvature), "These factors belong to another model: without");
      illegal(() -> influence.scorer(curvature), "not in the model are [LayerSpec[name=other");
      illegal(
          () -> swapped.scorer(curvature), "in another order; build Influence with [other, fc]");
      illegal(() -> curvature.factors("nobody"), "No factors for layer \"nobody\"; there are some");
    }
  }

  @Test
  void closedResources() {
    Influence influence = influence(FC);
    GradientSource data = source(two(fc()));
    FittedCurvature curvature = influence.fit(data);
    InfluenceScorer scorer = influence.scorer(curvature);
    CurvatureFitter closed = influence.fitter();
    closed.close();
    closed.close();
    CurvatureFitter open = influence.fitter();
    outOfOrder(() -> closed.addCovariance(two(fc())), "CurvatureFitter already closed");
    outOfOrder(closed::eigendecompose, "CurvatureFitter already closed");
    outOfOrder(() -> closed.addSquares(two(fc())), "CurvatureFitter already closed");
    outOfOrder(closed::finish, "CurvatureFitter already closed");
    InfluenceScores scores = influence.score(curvature, data, data, PAIRS);
    influence.close();
    influence.close();
    outOfOrder(influence::fitter, "Influence already closed");
    outOfOrder(() -> influence.fit(data), "Influence already closed");
    outOfOrder(() -> influence.scorer(curvature), "Influence already closed");
    outOfOrder(() -> scorer.score(data, data, PAIRS), "already closed");
    outOfOrder(() -> scorer.selfInfluence(data, SelfInfluenceOptions.defaults()), "already closed");
    outOfOrder(() -> open.addCovariance(two(fc())), "already closed");
    open.close();
    assertThat(scores.score(0, 0)).isFinite();
    assertThat(curvature.eigenvalues("fc")).hasSize(8);
  }

  @Test
  void stepsOfTheFitterOutOfOrder() {
    GradientBatch batch = two(fc());
    try (Influence influence = influence(FC);
        CurvatureFitter fitter = influence.fitter()) {
      outOfOrder(fitter::eigendecompose, "No examples; add batches to the covariances first.");
      outOfOrder(() -> fitter.addSquares(batch), "Call eigendecompose() before the second pass.");
      outOfOrder(fitter::finish, "Call eigendecompose() first.");
      fitter.addCovariance(batch);
      fitter.eigendecompose();
      outOfOrder(fitter::eigendecompose, "Covariances are already decomposed; start a new fitter.");
      outOfOrder(() -> fitter.addCovariance(batch), "Covariances are already decomposed");
      outOfOrder(fitter::finish, "No examples; add batches to the squares first.");
      fitter.addSquares(batch);
      assertThat(fitter.finish().factors("fc").rows()).isEqualTo(6);
    }
  }

  @Test
  void stepsThatAStrategyDoesNotHave() {
    GradientBatch batch = two(fc());
    CurvatureStrategy[] strategies = {CurvatureStrategy.DIAGONAL, CurvatureStrategy.KFAC};
    String[] messages = {"DIAGONAL has no covariances", "KFAC has no squares"};
    for (int i = 0; i < 2; i++) {
      String message = messages[i];
      try (Influence influence =
              Influence.builder().layers(FC).backend("reference").strategy(strategies[i]).build();
          CurvatureFitter fitter = influence.fitter()) {
        Runnable step = i == 0 ? () -> fitter.addCovariance(batch) : () -> fitter.addSquares(batch);
        outOfOrder(step, message);
      }
    }
  }

  @Test
  void emptySources() {
    GradientSource nothing = sink -> {};
    GradientSource some = source(two(fc()));
    try (Influence influence = influence(FC)) {
      outOfOrder(() -> influence.fit(nothing), "No examples; add batches");
      FittedCurvature curvature = influence.fit(some);
      InfluenceScorer scorer = influence.scorer(curvature);
      illegal(() -> scorer.score(nothing, some, PAIRS), "The query source pushed no examples.");
      illegal(() -> scorer.score(some, nothing, PAIRS), "The training source pushed no examples.");
      illegal(
          () -> scorer.selfInfluence(nothing, SelfInfluenceOptions.defaults()),
          "The training source pushed no examples.");
    }
  }

  @Test
  void sourcesThatChangeBetweenReplays() {
    int[] replays = {0};
    GradientSource growing =
        sink -> {
          for (int i = 0; i <= replays[0]; i++) {
            sink.accept(two(fc()));
          }
          replays[0]++;
        };
    GradientSource same = source(two(fc()));
    try (Influence influence =
        Influence.builder().layers(FC).backend("reference").maxMemory(420).build()) {
      outOfOrder(
          () -> influence.fit(growing), "The source pushed 4 examples after 2 in the first replay");
      InfluenceScorer scorer = influence.scorer(influence.fit(same));
      replays[0] = 0;
      outOfOrder(
          () -> scorer.score(growing, same, PAIRS),
          "pushed 4 queries after 2 in an earlier replay");
      replays[0] = 0;
      outOfOrder(
          () -> scorer.score(same, growing, PAIRS),
          "pushed 4 examples after 2 in an earlier replay");
    }
  }
}
