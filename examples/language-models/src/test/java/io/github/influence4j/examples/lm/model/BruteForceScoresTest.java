/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.grad;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.pytorch.TensorViews;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.kSum;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scores of a trained model against the weight gradients that PyTorch gives, one by one. */
final class BruteForceScoresTest {
  private static final List<String> LAYERS =
      List.of("transformer.h.0.mlp.c_fc", "transformer.h.1.attn.c_attn");

  @TempDir private Path folder;
  private final List<TokenSequence> training = TinyData.sequences(21, 5);
  private final List<TokenSequence> queries =
      TinyData.sequences(3, 6).stream().map(BruteForceScoresTest::asking).toList();
  private LanguageModel model;

  /** Given the beginning and one token more. */
  private static TokenSequence asking(TokenSequence sequence) {
    long[] ids = sequence.ids();
    return TokenSequence.completion(Arrays.copyOf(ids, 2), Arrays.copyOfRange(ids, 2, ids.length));
  }

  @BeforeEach
  void train() throws IOException {
    Torch.load();
    TinyData.model().begin(folder, 1);
    model = LanguageModel.builder(folder).withParameterGradients().open();
    try (Trainer trainer = new Trainer(model, training, new TrainingPlan(40, 4, 1e-2, 3), 1)) {
      while (!trainer.done()) {
        trainer.update();
      }
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void scoresAndTheirParts() {
    try (Influence influence = Influence.builder().layers(model.layers()).build()) {
      FittedCurvature curvature =
          influence.fit(model.gradients(training).sampledLabels(new LabelSampler(1)));
      InfluenceScores scores =
          influence.score(
              curvature,
              model.gradients(queries).dataLabels(),
              model.gradients(training).dataLabels(),
              ScoreOptions.pairwise().withPerLayer(true).withPerRow(true));
      for (int q = 0; q < queries.size(); q++) {
        for (String layer : LAYERS) {
          double[] wanted =
              curvature.inverseVectorProduct(
                  layer, weightGradient(queries.get(q), layer), Damping.HEURISTIC);
          assertClose(
              scores.layerScores(layer, q),
              training.stream().mapToDouble(s -> dot(wanted, weightGradient(s, layer))));
        }
        assertParts(scores, q);
      }
    }
  }

  private void assertParts(InfluenceScores scores, int query) {
    double[] total = scores.scores(query);
    double largest = Arrays.stream(total).map(Math::abs).max().orElseThrow();
    for (int e = 0; e < total.length; e++) {
      double layers = 0;
      for (LayerSpec layer : model.layers()) {
        layers += scores.layerScores(layer.name(), query)[e];
      }
      // Sums of about a hundred floats in another order.
      assertThat(layers).isCloseTo(total[e], within(1e-5 * largest));
      assertThat(Arrays.stream(scores.rowScores(query, e)).sum())
          .isCloseTo(total[e], within(1e-5 * largest));
    }
  }

  private static void assertClose(double[] actual, DoubleStream stream) {
    double[] expected = stream.toArray();
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(largest).isPositive();
    assertThat(actual).containsExactly(expected, within(1e-4 * largest));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Of the summed loss of one sequence, [outputs, inputs + 1], the bias last. */
  @SuppressWarnings("try") // the scope is a guard
  private double[] weightGradient(TokenSequence sequence, String layer) {
    try (PointerScope scope = new PointerScope()) {
      int rows = sequence.length() - 1;
      long[] next = Arrays.copyOfRange(sequence.labels(), 1, rows + 1);
      Tensor logits = model.logits(new long[][] {Arrays.copyOf(sequence.ids(), rows)}, null, null);
      CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
      sum.reduction().put(new kSum());
      Tensor loss = cross_entropy(logits.reshape(rows, -1), AbstractTensor.create(next, rows), sum);
      TensorVector wanted =
          new TensorVector(
              model.parameters().get(layer + ".weight"), model.parameters().get(layer + ".bias"));
      TensorVector found = grad(new TensorVector(loss), wanted);
      // GPT-2's matrices are [inputs, outputs].
      return joined(values(found.get(0).t()), values(found.get(1)));
    }
  }

  private static double[] joined(double[] weight, double[] bias) {
    int inputs = weight.length / bias.length;
    double[] all = new double[weight.length + bias.length];
    for (int p = 0; p < bias.length; p++) {
      System.arraycopy(weight, p * inputs, all, p * (inputs + 1), inputs);
      all[p * (inputs + 1) + inputs] = bias[p];
    }
    return all;
  }

  private static double[] values(Tensor tensor) {
    return TensorViews.of(tensor.contiguous()).toDoubles();
  }
}
