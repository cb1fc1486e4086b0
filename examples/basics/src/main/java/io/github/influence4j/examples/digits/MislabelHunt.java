/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Flips some training labels, trains on them, and looks for them: an example that moves the model
 * much towards itself (high self-influence) had to be learnt by heart.
 *
 * @param data the training digits under the labels the model was trained on
 * @param trueLabels before the flips
 * @param accuracy of the retrained model on the test digits
 * @param bySelfInfluence the digits ranked by self-influence
 * @param byLoss the digits ranked by their loss, the simple rival
 */
record MislabelHunt(
    Digits data,
    int[] trueLabels,
    double accuracy,
    RankingQuality bySelfInfluence,
    RankingQuality byLoss) {
  private static final double SHARE = 0.05;
  private static final double[] BUDGETS = {0.01, 0.02, 0.05, 0.1, 0.2};

  static MislabelHunt run(Influence influence, Digits train, Digits test, int epochs, long seed) {
    Digits flipped = flip(train, new Random(seed));
    Mlp model = Trainer.train(flipped, epochs, seed);
    FittedCurvature curvature = new Explainer(influence, model, flipped).fit(seed);
    double[] selfInfluence =
        influence
            .selfInfluence(
                curvature, MlpGradients.ofLoss(model, flipped), SelfInfluenceOptions.defaults())
            .scores();
    Mlp.Pass pass = model.forward(flipped.pixels(), flipped.size());
    double[] losses = new double[flipped.size()];
    boolean[] wrong = new boolean[flipped.size()];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = pass.loss(i, flipped.labels()[i]);
      wrong[i] = flipped.labels()[i] != train.labels()[i];
    }
    return new MislabelHunt(
        flipped,
        train.labels(),
        Explainer.accuracy(model, test),
        new RankingQuality(selfInfluence, wrong),
        new RankingQuality(losses, wrong));
  }

  /** Gives 5 % of the digits another label. */
  static Digits flip(Digits train, Random random) {
    int[] labels = train.labels().clone();
    int left = (int) Math.round(SHARE * labels.length);
    while (left > 0) {
      int i = random.nextInt(labels.length);
      if (labels[i] == train.labels()[i]) {
        labels[i] = (labels[i] + 1 + random.nextInt(Digits.CLASSES - 1)) % Digits.CLASSES;
        left--;
      }
    }
    return train.withLabels(labels);
  }

  boolean isFlipped(int example) {
    return data.labels()[example] != trueLabels[example];
  }

  int flips() {
    return (int) IntStream.range(0, data.size()).filter(this::isFlipped).count();
  }

  /** Share of flipped labels, which is the precision of a blind search. */
  double chance() {
    return (double) flips() / data.size();
  }

  /** How many digits somebody might look at. */
  int[] budgets() {
    int[] budgets = new int[BUDGETS.length];
    for (int i = 0; i < budgets.length; i++) {
      budgets[i] = (int) Math.round(BUDGETS[i] * data.size());
    }
    return budgets;
  }
}
