/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.Influence;
import io.github.influence4j.adapters.WeightGradients;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.kSum;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores of a transformer block against per-example gradients from backward(). */
final class TransformerScoresTest {
  private static final int EXAMPLES = 9;
  private static final int QUERIES = 2;

  private final Taps taps = new Taps();
  private final TinyTransformer model;
  private final List<long[]> sequences = new ArrayList<>();

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  TransformerScoresTest() {
    manual_seed(3);
    model = new TinyTransformer(taps);
    Random random = new Random(5);
    for (int e = 0; e < EXAMPLES; e++) {
      int length = 3 + random.nextInt(TinyTransformer.CONTEXT - 2);
      sequences.add(random.longs(length, 0, TinyTransformer.VOCABULARY).toArray());
    }
  }

  /** Next-token prediction on padded batches. */
  private TorchGradients<List<long[]>> gradients(List<long[]> data, int batchSize, long padding) {
    List<List<long[]>> batches = new ArrayList<>();
    for (int i = 0; i < data.size(); i += batchSize) {
      batches.add(data.subList(i, Math.min(i + batchSize, data.size())));
    }
    return new TorchGradients<>(
        taps,
        batches,
        batch -> {
          int length = batch.stream().mapToInt(s -> s.length - 1).max().orElseThrow();
          long[][] ids = new long[batch.size()][length];
          long[][] labels = new long[batch.size()][length];
          long[][] mask = new long[batch.size()][length];
          for (int e = 0; e < batch.size(); e++) {
            long[] sequence = batch.get(e);
            Arrays.fill(ids[e], padding);
            System.arraycopy(sequence, 0, ids[e], 0, sequence.length - 1);
            System.arraycopy(sequence, 1, labels[e], 0, sequence.length - 1);
            Arrays.fill(mask[e], 0, sequence.length - 1, 1);
          }
          return ModelOutput.classification(model.forward(Naive.ids(ids)), Naive.ids(labels))
              .withMask(Naive.ids(mask));
        });
  }

  @SuppressWarnings("try") // the scope is a guard
  private Map<String, double[]> brute(long[] sequence) {
    try (PointerScope scope = new PointerScope()) {
      model.zero_grad(true);
      int rows = sequence.length - 1;
      CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
      sum.reduction().put(new kSum());
      Tensor labels = AbstractTensor.create(Arrays.copyOfRange(sequence, 1, rows + 1), rows);
      Tensor logits = model.forward(Naive.ids(Arrays.copyOf(sequence, rows)));
      cross_entropy(logits.view(rows, TinyTransformer.VOCABULARY), labels, sum).backward();
      Map<String, double[]> gradients = new LinkedHashMap<>();
      List<TappedLinear> layers =
          List.of(model.q, model.k, model.v, model.projection, model.up, model.down, model.head);
      for (int l = 0; l < layers.size(); l++) {
        gradients.put(
            taps.layers().get(l).name(),
            Naive.autogradGradient(layers.get(l).module().weight(), layers.get(l).module().bias()));
      }
      return gradients;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void ekfacScoresEqualBruteForce(String backend) {
    GradientSource train = gradients(sequences, 4, 0).dataLabels();
    GradientSource queries = gradients(sequences.subList(0, QUERIES), 1, 0).dataLabels();
    try (Influence influence = Influence.builder().backend(backend).layers(taps.layers()).build()) {
      FittedCurvature curvature =
          influence.fit(gradients(sequences, 4, 0).sampledLabels(new LabelSampler(11)));
      InfluenceScores scores =
          influence.score(curvature, queries, train, ScoreOptions.pairwise().withPerRow(true));
      for (int q = 0; q < QUERIES; q++) {
        double[] expected = new double[EXAMPLES];
        Map<String, double[]> query = brute(sequences.get(q));
        for (int e = 0; e < EXAMPLES; e++) {
          Map<String, double[]> example = brute(sequences.get(e));
          for (String layer : query.keySet()) {
            double[] preconditioned =
                curvature.inverseVectorProduct(layer, query.get(layer), Damping.HEURISTIC);
            expected[e] += WeightGradients.dot(preconditioned, example.get(layer));
          }
          double[] rows = scores.rowScores(q, e);
          assertThat(rows).hasSize(sequences.get(e).length - 1);
          assertThat(Arrays.stream(rows).sum())
              .isCloseTo(scores.score(q, e), within(1e-5 * Math.abs(scores.score(q, q))));
        }
        assertThat(WeightGradients.relativeError(scores.scores(q), expected)).isLessThan(1e-4);
      }
    }
  }

  /** Nothing of the library in the expectation: the empirical diagonal Fisher by hand. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void diagonalScoresEqualBruteForce(String backend) {
    GradientSource train = gradients(sequences, 4, 0).dataLabels();
    List<Map<String, double[]>> brute = sequences.stream().map(this::brute).toList();
    double[] expected = new double[EXAMPLES];
    for (String layer : brute.get(0).keySet()) {
      int size = brute.get(0).get(layer).length;
      double[] fisher = new double[size];
      for (Map<String, double[]> example : brute) {
        for (int i = 0; i < size; i++) {
          fisher[i] += Math.pow(example.get(layer)[i], 2) / EXAMPLES;
        }
      }
      double lambda = 0.1 * Arrays.stream(fisher).average().orElseThrow();
      for (int e = 0; e < EXAMPLES; e++) {
        for (int i = 0; i < size; i++) {
          expected[e] +=
              brute.get(0).get(layer)[i] * brute.get(e).get(layer)[i] / (fisher[i] + lambda);
        }
      }
    }
    try (Influence influence =
        Influence.builder()
            .backend(backend)
            .layers(taps.layers())
            .strategy(CurvatureStrategy.DIAGONAL)
            .build()) {
      double[] scores =
          influence
              .score(
                  influence.fit(train),
                  gradients(sequences.subList(0, 1), 1, 0).dataLabels(),
                  train,
                  ScoreOptions.pairwise())
              .scores(0);
      assertThat(WeightGradients.relativeError(scores, expected)).isLessThan(1e-4);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void neitherBatchesNorPaddingMatter(String backend) {
    double[][] scores = new double[3][];
    int[] batchSizes = {1, 4, EXAMPLES};
    for (int i = 0; i < scores.length; i++) {
      TorchGradients<List<long[]>> data = gradients(sequences, batchSizes[i], i);
      try (Influence influence =
          Influence.builder().backend(backend).layers(taps.layers()).build()) {
        scores[i] =
            influence
                .score(
                    influence.fit(data.sampledLabels(new LabelSampler(11))),
                    gradients(sequences.subList(0, 1), 1, 0).dataLabels(),
                    data.dataLabels(),
                    ScoreOptions.pairwise())
                .scores(0);
      }
    }
    assertThat(WeightGradients.relativeError(scores[1], scores[0])).isLessThan(1e-5);
    assertThat(WeightGradients.relativeError(scores[2], scores[0])).isLessThan(1e-5);
  }
}
