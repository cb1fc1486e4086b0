/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Scores by the library, not divided by the number of samples. */
final class Attribution {
  private static final long LABELS = 1;

  private Attribution() {}

  /** [queries, samples]. */
  static double[][] scores(
      Task task, double[] weights, CurvatureStrategy strategy, Damping damping) {
    try (Influence influence = engine(task, strategy)) {
      return scores(influence, task, weights, fit(influence, task, weights), damping).get(0);
    }
  }

  /** EK-FAC's for each damping, [queries, samples]. */
  static List<double[][]> allScores(Task task, double[] weights, Damping... dampings) {
    try (Influence influence = engine(task, CurvatureStrategy.EKFAC)) {
      return scores(influence, task, weights, fit(influence, task, weights), dampings);
    }
  }

  static Influence engine(Task task, CurvatureStrategy strategy) {
    return Influence.builder().layers(task.model().layers()).strategy(strategy).build();
  }

  static FittedCurvature fit(Influence influence, Task task, double[] weights) {
    return influence.fit(
        TaskGradients.ofSampledTargets(task.model(), weights, task.train(), LABELS));
  }

  static List<double[][]> scores(
      Influence influence,
      Task task,
      double[] weights,
      FittedCurvature curvature,
      Damping... dampings) {
    InfluenceScores scores =
        influence.score(
            curvature,
            TaskGradients.ofLoss(task.model(), weights, task.queries()),
            TaskGradients.ofLoss(task.model(), weights, task.train()),
            ScoreOptions.pairwise().withDampings(dampings));
    List<double[][]> out = new ArrayList<>();
    for (Damping damping : dampings) {
      double[][] rows = new double[task.queries().size()][];
      Arrays.setAll(rows, q -> scores.forDamping(damping).scores(q));
      out.add(rows);
    }
    return out;
  }

  /** The norm of each training sample's gradient. */
  static double[] gradientNorms(Task task, double[] weights) {
    double[] norms = new double[task.train().size()];
    Arrays.setAll(
        norms,
        m ->
            Math.sqrt(
                Arrays.stream(task.gradient(weights, task.train(), m)).map(g -> g * g).sum()));
    return norms;
  }
}
