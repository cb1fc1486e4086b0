/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A small model with its training data and queries, and runs on the reference backend. */
abstract class Scoring {
  static final List<LayerSpec> LAYERS =
      List.of(
          LayerSpec.linear("one", 5, 4),
          LayerSpec.linear("two", 4, 3).withoutBias(),
          LayerSpec.linear("three", 3, 3));
  static final int TRAIN = 23;
  static final int QUERIES = 5;
  static final ScoreOptions PAIRS = ScoreOptions.pairwise();

  /** Bytes of one dense float64 query: 4 x 6, 3 x 4 and 3 x 4 weights; the largest counts twice. */
  static final long QUERY_BYTES = 8 * (24 + 12 + 12 + 24);

  /** Bytes of the curvature: eigenvectors, weights of each damping, one gradient. */
  static long loadedBytes(int dampings) {
    return 8L * (6 * 6 + 4 * 4 + 2 * (4 * 4 + 3 * 3) + (dampings + 1) * (24 + 12 + 12));
  }

  /** Bytes of one query of the largest layer alone, 4 x 6. */
  static long largestAlone(int dampings) {
    return 8L * (6 * 6 + 4 * 4 + (dampings + 1) * 24 + 2 * dampings * 24);
  }

  final TestRandom random = TestRandom.of(getClass());
  final Captures train = captures(TRAIN).inBatchesOf(4);
  final Captures queries = captures(QUERIES).inBatchesOf(2);
  final FittedCurvature curvature = fit();

  /** Every fifth example repeats the first, which makes ties. */
  Captures captures(int examples) {
    Captures captures = new Captures(examples);
    int[] lengths = random.lengths(examples, 1, 4);
    for (int e = 0; e < examples; e += 5) {
      lengths[e] = lengths[0];
    }
    for (LayerSpec layer : LAYERS) {
      double[][][] activations = random.examples(lengths, layer.inputs());
      double[][][] gradients = random.examples(lengths, layer.outputs());
      for (int e = 0; e < examples; e += 5) {
        activations[e] = activations[0];
        gradients[e] = gradients[0];
      }
      captures.linear(layer.name(), activations, gradients);
    }
    return captures;
  }

  static Influence.Builder builder() {
    return Influence.builder().layers(LAYERS).backend("reference");
  }

  FittedCurvature fit() {
    try (Influence influence = builder().build()) {
      return influence.fit(train.inBatchesOf(7));
    }
  }

  InfluenceScores score(ScoreOptions options) {
    return score(options, Long.MAX_VALUE);
  }

  InfluenceScores score(ScoreOptions options, long maxMemory) {
    try (Influence influence = builder().maxMemory(maxMemory).build()) {
      return influence.score(curvature, queries, train, options);
    }
  }

  static List<Hit> sorted(double[] scores, int sign, int k) {
    return IntStream.range(0, scores.length)
        .filter(e -> sign * scores[e] > 0)
        .mapToObj(e -> new Hit(e, scores[e]))
        .sorted(
            Comparator.comparingDouble((Hit hit) -> -sign * hit.score())
                .thenComparingLong(Hit::example))
        .limit(k)
        .toList();
  }
}
