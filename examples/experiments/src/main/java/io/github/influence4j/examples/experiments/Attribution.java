/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.List;

/** A trained model with a curvature fitted to all it learnt from. */
final class Attribution implements AutoCloseable {
  private final LanguageModel model;
  private final Influence influence;
  private final FittedCurvature curvature;

  Attribution(TrainedModel trained, CurvatureStrategy strategy) {
    model = trained.model();
    influence = Influence.builder().layers(model.layers()).strategy(strategy).build();
    curvature =
        influence.fit(model.gradients(trained.training()).sampledLabels(new LabelSampler(1)));
  }

  InfluenceScorer scorer() {
    return influence.scorer(curvature);
  }

  InfluenceScores score(
      List<TokenSequence> queries, List<TokenSequence> sequences, ScoreOptions options) {
    return influence.score(
        curvature,
        model.gradients(queries).dataLabels(),
        model.gradients(sequences).dataLabels(),
        options);
  }

  @Override
  public void close() {
    influence.close();
  }
}
