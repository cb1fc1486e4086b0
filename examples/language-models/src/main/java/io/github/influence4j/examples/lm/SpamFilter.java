/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.manual_seed;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.pytorch.ModelOutput;
import io.github.influence4j.pytorch.TappedLinear;
import io.github.influence4j.pytorch.Taps;
import io.github.influence4j.pytorch.TorchGradients;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.List;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;

/** The first program of the README: which messages made a spam filter flag a message? */
public final class SpamFilter {
  private SpamFilter() {}

  /**
   * Some messages.
   *
   * @param words how often "offer", "free" and "meeting" are in each, [messages, 3]
   * @param spam 1 for spam, 0 for others, [messages]
   */
  private record Messages(Tensor words, Tensor spam) {
    static Messages of(float[] words, long... spam) {
      return new Messages(
          AbstractTensor.create(words, spam.length, 3), AbstractTensor.create(spam));
    }
  }

  /**
   * Runs it.
   *
   * @param args none
   */
  public static void main(String[] args) {
    // The words "offer", "free" and "meeting" in five messages; message 4 is labelled wrongly.
    Messages messages =
        Messages.of(new float[] {1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0}, 1, 1, 0, 0, 0);
    LinearImpl filter = train(messages); // or any model of yours

    Taps taps = new Taps();
    TappedLinear tapped = taps.linear("filter", filter);
    TorchGradients<Messages> train =
        new TorchGradients<>(
            taps,
            List.of(messages),
            batch -> ModelOutput.classification(tapped.forward(batch.words()), batch.spam()));
    GradientSource query = // why spam?
        train.over(List.of(Messages.of(new float[] {1, 1, 0}, 1))).dataLabels();
    try (Influence influence = Influence.builder().layers(taps.layers()).build()) {
      // The curvature wants labels drawn from the model, the scores want the real ones.
      FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
      InfluenceScores scores =
          influence.score(curvature, query, train.dataLabels(), ScoreOptions.topK(2));
      scores
          .proponents(0)
          .forEach(hit -> System.out.printf("for %+.2f message %d%n", hit.score(), hit.example()));
      scores
          .opponents(0)
          .forEach(
              hit -> System.out.printf("against %+.2f message %d%n", hit.score(), hit.example()));
    }
  }

  /** Logits of other messages and of spam. */
  private static LinearImpl train(Messages messages) {
    manual_seed(1);
    LinearImpl filter = new LinearImpl(3, 2);
    SGD optimizer = new SGD(filter.parameters(), new SGDOptions(0.5));
    for (int step = 0; step < 100; step++) {
      optimizer.zero_grad();
      cross_entropy(filter.forward(messages.words()), messages.spam()).backward();
      optimizer.step();
    }
    filter.eval();
    return filter;
  }
}
