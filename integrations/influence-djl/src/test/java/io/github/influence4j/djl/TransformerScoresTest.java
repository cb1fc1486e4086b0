/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores of a transformer block against per-example gradients from backward(). */
final class TransformerScoresTest {
  private static final int EXAMPLES = 9;
  private static final int QUERIES = 2;

  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps();
  private final TinyTransformer model = new TinyTransformer(taps);
  private final List<long[]> sequences = new ArrayList<>();

  TransformerScoresTest() {
    Engine.getEngine("PyTorch").setRandomSeed(3);
    model.initialize(manager, DataType.FLOAT32, new Shape(1, TinyTransformer.CONTEXT));
    Random random = new Random(5);
    for (int e = 0; e < EXAMPLES; e++) {
      int length = 3 + random.nextInt(TinyTransformer.CONTEXT - 2);
      sequences.add(random.longs(length, 0, TinyTransformer.VOCABULARY).toArray());
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** Next-token prediction on padded batches. */
  private DjlGradients<List<long[]>> gradients(List<long[]> data, int batchSize, long padding) {
    List<List<long[]>> batches = new ArrayList<>();
    for (int i = 0; i < data.size(); i += batchSize) {
      batches.add(data.subList(i, Math.min(i + batchSize, data.size())));
    }
    return new DjlGradients<>(taps, batches, batch -> output(batch, padding));
  }

  private ModelOutput output(List<long[]> batch, long padding) {
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
    NDArray logits = taps.forward(model, Naive.ids(manager, ids));
    return ModelOutput.classification(logits, Naive.ids(manager, labels))
        .withMask(Naive.ids(manager, mask));
  }

  private Map<String, double[]> brute(long[] sequence) {
    try (NDManager own = NDManager.newBaseManager()) {
      long[] ids = Arrays.copyOf(sequence, sequence.length - 1);
      NDArray labels = own.create(Arrays.copyOfRange(sequence, 1, sequence.length));
      Naive.backward(
          model,
          Naive.ids(own, ids),
          logits -> logits.squeeze(0).logSoftmax(1).gather(labels.expandDims(1), 1).sum().neg());
      Map<String, double[]> gradients = new LinkedHashMap<>();
      taps.layers()
          .forEach(
              layer ->
                  gradients.put(layer.name(), Naive.autogradGradient(model.layer(layer.name()))));
      return gradients;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void ekfacScoresEqualBruteForce(String backend) {
    GradientSource train = gradients(sequences, 4, 0).dataLabels();
    GradientSource queries = gradients(sequences.subList(0, QUERIES), 1, 0).dataLabels();
    ScoreOptions options = ScoreOptions.pairwise().withPerRow(true).withPerLayer(true);
    try (Influence influence = Influence.builder().backend(backend).layers(taps.layers()).build()) {
      FittedCurvature curvature =
          influence.fit(gradients(sequences, 4, 0).sampledLabels(new LabelSampler(11)));
      InfluenceScores scores = influence.score(curvature, queries, train, options);
      for (int q = 0; q < QUERIES; q++) {
        Map<String, double[]> query = brute(sequences.get(q));
        double[] expected = new double[EXAMPLES];
        for (int e = 0; e < EXAMPLES; e++) {
          Map<String, double[]> example = brute(sequences.get(e));
          for (String layer : query.keySet()) {
            double[] preconditioned =
                curvature.inverseVectorProduct(layer, query.get(layer), Damping.HEURISTIC);
            expected[e] += WeightGradients.dot(preconditioned, example.get(layer));
          }
          assertSums(scores, q, e);
        }
        assertThat(WeightGradients.relativeError(scores.scores(q), expected)).isLessThan(1e-4);
      }
    }
  }

  private void assertSums(InfluenceScores scores, int q, int e) {
    double tolerance = 1e-5 * Math.abs(scores.score(q, q));
    double[] rows = scores.rowScores(q, e);
    assertThat(rows).hasSize(sequences.get(e).length - 1);
    assertThat(Arrays.stream(rows).sum()).isCloseTo(scores.score(q, e), within(tolerance));
    double layers =
        taps.layers().stream().mapToDouble(l -> scores.layerScores(l.name(), q)[e]).sum();
    assertThat(layers).isCloseTo(scores.score(q, e), within(tolerance));
  }

  /** Nothing of the library in the expectation: the empirical diagonal Fisher by hand. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void diagonalScoresEqualBruteForce(String backend) {
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
    double[] scores = scores(backend, CurvatureStrategy.DIAGONAL, DjlGradients::dataLabels, 4, 0);
    assertThat(WeightGradients.relativeError(scores, expected)).isLessThan(1e-4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void neitherBatchesNorPaddingMatter(String backend) {
    double[][] scores = new double[3][];
    int[] batchSizes = {1, 4, EXAMPLES};
    for (int i = 0; i < scores.length; i++) {
      scores[i] =
          scores(
              backend,
              CurvatureStrategy.EKFAC,
              data -> data.sampledLabels(new LabelSampler(11)),
              batchSizes[i],
              i);
    }
    assertThat(WeightGradients.relativeError(scores[1], scores[0])).isLessThan(1e-5);
    assertThat(WeightGradients.relativeError(scores[2], scores[0])).isLessThan(1e-5);
  }

  private double[] scores(
      String backend,
      CurvatureStrategy strategy,
      Function<DjlGradients<List<long[]>>, GradientSource> fit,
      int batchSize,
      long padding) {
    DjlGradients<List<long[]>> data = gradients(sequences, batchSize, padding);
    GradientSource query = gradients(sequences.subList(0, 1), 1, 0).dataLabels();
    try (Influence influence =
        Influence.builder().backend(backend).layers(taps.layers()).strategy(strategy).build()) {
      FittedCurvature curvature = influence.fit(fit.apply(data));
      return influence
          .score(curvature, query, data.dataLabels(), ScoreOptions.pairwise())
          .scores(0);
    }
  }
}
