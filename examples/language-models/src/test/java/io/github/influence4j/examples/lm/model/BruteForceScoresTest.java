/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.pytorch.TensorViews;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.kSum;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Scores of a trained model against the weight gradients that backward() gives, one by one. */
final class BruteForceScoresTest {
  private static final ModelShape SHAPE = new ModelShape(257, 16, 8, 2, 2);

  /** The slice: the network of each block. */
  private static final List<String> LAYERS = List.of("block0.mlp.up", "block1.mlp.down");

  private final List<Sequence> training = TinyData.sequences(21, 5);
  private final List<Sequence> queries =
      TinyData.sequences(3, 6).stream()
          .map(s -> new Sequence(s.document(), 0, s.tokens(), 1))
          .toList();
  private final Transformer model = new Transformer(SHAPE, 1);

  BruteForceScoresTest() {
    Trainer trainer = new Trainer(model, training, new TrainingPlan(40, 4, 1e-2, 3), 1);
    while (!trainer.done()) {
      trainer.update();
    }
  }

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  @Test
  void scoresAndTheirParts() {
    SequenceGradients gradients = new SequenceGradients(model, 4);
    try (Influence influence = Influence.builder().layers(model.layers()).build()) {
      FittedCurvature curvature =
          influence.fit(gradients.of(training).sampledLabels(new LabelSampler(1)));
      InfluenceScores scores =
          influence.score(
              curvature,
              gradients.of(queries).dataLabels(),
              gradients.of(training).dataLabels(),
              ScoreOptions.pairwise().withPerLayer(true).withPerRow(true));
      for (int q = 0; q < queries.size(); q++) {
        Map<String, double[]> query = weightGradients(queries.get(q));
        for (String layer : LAYERS) {
          double[] wanted =
              curvature.inverseVectorProduct(layer, query.get(layer), Damping.HEURISTIC);
          assertClose(
              scores.layerScores(layer, q),
              training.stream().mapToDouble(s -> dot(wanted, weightGradients(s).get(layer))));
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
      double[] tokens = scores.rowScores(query, e);
      assertThat(tokens).hasSize(training.get(e).length());
      // Sums of about a hundred floats in another order.
      assertThat(layers).isCloseTo(total[e], within(1e-5 * largest));
      assertThat(Arrays.stream(tokens).sum()).isCloseTo(total[e], within(1e-5 * largest));
    }
  }

  @Test
  void someOfManySequences() {
    SequenceGradients gradients = new SequenceGradients(model, 4);
    try (Influence influence = Influence.builder().layers(model.layers()).build()) {
      FittedCurvature curvature =
          influence.fit(gradients.of(training).sampledLabels(new LabelSampler(1)));
      double[] all =
          influence
              .score(
                  curvature,
                  gradients.of(queries).dataLabels(),
                  gradients.of(training).dataLabels(),
                  ScoreOptions.pairwise())
              .scores(1);
      double[] some =
          influence
              .score(
                  curvature,
                  gradients.of(queries).dataLabels(),
                  gradients.of(training, 20, 3, 8).dataLabels(),
                  ScoreOptions.pairwise())
              .scores(1);
      assertClose(some, Arrays.stream(new double[] {all[20], all[3], all[8]}));
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
  private Map<String, double[]> weightGradients(Sequence sequence) {
    try (PointerScope scope = new PointerScope()) {
      model.zero_grad(true);
      SequenceBatch batch = SequenceBatch.of(List.of(sequence));
      CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
      sum.reduction().put(new kSum());
      Tensor logits = model.forward(batch.ids());
      cross_entropy(logits.reshape(-1, SHAPE.vocabulary()), batch.labels().reshape(-1), sum)
          .backward();
      Map<String, double[]> gradients = new LinkedHashMap<>();
      gradients.put("block0.mlp.up", gradient("block0.up"));
      gradients.put("block1.mlp.down", gradient("block1.down"));
      return gradients;
    }
  }

  private double[] gradient(String module) {
    double[] weight = values(model.named_parameters().get(module + ".weight").grad());
    double[] bias = values(model.named_parameters().get(module + ".bias").grad());
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
