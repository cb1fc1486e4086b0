/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.Normalization;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The whole use of Influence4J: fit the curvature, then score the training digits. */
final class Explainer {
  private final Influence influence;
  private final Mlp model;
  private final Digits train;

  Explainer(Influence influence, Mlp model, Digits train) {
    this.influence = influence;
    this.model = model;
    this.train = train;
  }

  /** True Fisher: the gradients are of labels that the model itself would give. */
  FittedCurvature fit(long seed) {
    return influence.fit(MlpGradients.ofSampledLabels(model, train, seed));
  }

  /** The strongest training digits of some test digits. */
  List<Explanation> explain(FittedCurvature curvature, Digits test, int[] queries, int top) {
    InfluenceScores scores =
        influence.score(
            curvature,
            MlpGradients.ofLoss(model, test.select(queries)),
            MlpGradients.ofLoss(model, train),
            ScoreOptions.topK(top).withNormalization(Normalization.PER_EXAMPLE).withPerLayer(true));
    Mlp.Pass pass = model.forward(test.pixels(), test.size());
    double[] probabilities = pass.probabilities();
    List<Explanation> explanations = new ArrayList<>();
    for (int q = 0; q < queries.length; q++) {
      int digit = queries[q];
      int prediction = pass.prediction(digit);
      explanations.add(
          new Explanation(
              digit,
              test.labels()[digit],
              prediction,
              probabilities[digit * Digits.CLASSES + prediction],
              scores.proponents(q),
              scores.opponents(q),
              layerShares(scores, q)));
    }
    return explanations;
  }

  private Map<String, Double> layerShares(InfluenceScores scores, int query) {
    List<Hit> hits = new ArrayList<>(scores.proponents(query));
    hits.addAll(scores.opponents(query));
    Map<String, Double> shares = new LinkedHashMap<>();
    for (LayerSpec layer : model.specs()) {
      double sum = 0;
      for (Hit hit : hits) {
        sum += Math.abs(scores.layerScore(layer.name(), query, hit));
      }
      shares.put(layer.name(), sum);
    }
    double total = shares.values().stream().mapToDouble(Double::doubleValue).sum();
    shares.replaceAll((layer, sum) -> total == 0 ? 0 : sum / total);
    return shares;
  }

  /**
   * Test digits to look at: up to half of them misclassified, the rest those classified correctly
   * with the least confidence.
   */
  static int[] chooseQueries(Mlp model, Digits test, int count) {
    Mlp.Pass pass = model.forward(test.pixels(), test.size());
    List<Integer> wrong = new ArrayList<>();
    List<Integer> right = new ArrayList<>();
    for (int i = 0; i < test.size(); i++) {
      (pass.prediction(i) == test.labels()[i] ? right : wrong).add(i);
    }
    Comparator<Integer> byLoss = Comparator.comparingDouble(i -> pass.loss(i, test.labels()[i]));
    right.sort(byLoss.reversed());
    int misclassified = Math.min(wrong.size(), Math.max((count + 1) / 2, count - right.size()));
    IntStream chosen =
        IntStream.concat(
            wrong.stream().limit(misclassified).mapToInt(Integer::intValue),
            right.stream().limit(count - misclassified).mapToInt(Integer::intValue));
    return chosen.toArray();
  }

  /** Share of digits that the model gets right. */
  static double accuracy(Mlp model, Digits data) {
    Mlp.Pass pass = model.forward(data.pixels(), data.size());
    long right =
        IntStream.range(0, data.size()).filter(i -> pass.prediction(i) == data.labels()[i]).count();
    return (double) right / data.size();
  }
}
