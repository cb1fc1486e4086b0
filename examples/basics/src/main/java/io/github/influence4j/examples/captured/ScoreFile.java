/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Collects scores and writes them as {@code scores.safetensors}. */
final class ScoreFile {
  private final Map<String, TensorView> tensors = new LinkedHashMap<>();
  private final Precision precision;

  /**
   * Writes F32 or F64, whatever was computed with; F64 where scores are larger or smaller than F32
   * holds, as those of data in units far from 1 may be.
   */
  ScoreFile(Precision precision) {
    this.precision = precision;
  }

  /** {@code pairwise} [Q, N], or {@code pairwise.LAYER}. */
  void addPairwise(String name, int queries, int examples, IntFunction<double[]> scores) {
    TensorView out = allocate(allFit(queries, scores), queries, examples);
    for (int q = 0; q < queries; q++) {
      double[] row = scores.apply(q);
      for (int e = 0; e < examples; e++) {
        out.set(q * examples + e, row[e]);
      }
    }
    tensors.put(name, out);
  }

  /** {@code self} [N], or {@code self.LAYER}. */
  void addSelf(String name, double[] scores) {
    TensorView out = allocate(allFit(1, row -> scores), scores.length);
    for (int e = 0; e < scores.length; e++) {
      out.set(e, scores[e]);
    }
    tensors.put(name, out);
  }

  /** {@code pairwise_rows} [Q, N, T]; padding scores 0, at its own place. */
  void addRows(InfluenceScores scores, int rows, boolean @Nullable [] mask) {
    int examples = (int) scores.examples();
    int pairs = scores.queries() * examples;
    boolean fit = allFit(pairs, pair -> scores.rowScores(pair / examples, pair % examples));
    TensorView out = allocate(fit, scores.queries(), examples, rows);
    for (int q = 0; q < scores.queries(); q++) {
      for (int e = 0; e < examples; e++) {
        double[] kept = scores.rowScores(q, e);
        int next = 0;
        for (int t = 0; t < rows; t++) {
          if (mask == null || mask[e * rows + t]) {
            out.set((q * examples + e) * rows + t, kept[next++]);
          }
        }
      }
    }
    tensors.put("pairwise_rows", out);
  }

  /** All scores of a run, in the given layers if any. */
  void add(SelfInfluence self, @Nullable InfluenceScores pairwise, Iterable<String> layers) {
    addSelf("self", self.scores());
    for (String layer : layers) {
      addSelf("self." + layer, self.layerScores(layer));
    }
    if (pairwise == null) {
      return;
    }
    int examples = (int) pairwise.examples();
    addPairwise("pairwise", pairwise.queries(), examples, pairwise::scores);
    for (String layer : layers) {
      addPairwise(
          "pairwise." + layer, pairwise.queries(), examples, q -> pairwise.layerScores(layer, q));
    }
  }

  /** Writes the file in one step. */
  void write(Path file, Map<String, String> metadata) throws IOException {
    Safetensors.write(file, tensors, metadata);
  }

  /** What is in the file, to print. */
  String contents() {
    StringBuilder out = new StringBuilder();
    tensors.forEach(
        (name, tensor) ->
            out.append(out.length() == 0 ? "" : ", ")
                .append(name)
                .append(' ')
                .append(Arrays.toString(tensor.shape())));
    return out.toString();
  }

  /** Whether float32 holds all scores, in full. */
  private static boolean allFit(int rows, IntFunction<double[]> scores) {
    return IntStream.range(0, rows)
        .mapToObj(scores)
        .flatMapToDouble(Arrays::stream)
        .map(Math::abs)
        .allMatch(s -> s == 0 || (s >= Float.MIN_NORMAL && s <= Float.MAX_VALUE));
  }

  private TensorView allocate(boolean fit, long... shape) {
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    Check.that(
        elements <= Integer.MAX_VALUE - 8,
        "Scores of shape %s are more than one tensor may hold; score fewer queries at a time.",
        Arrays.toString(shape));
    return precision == Precision.F64 || !fit
        ? TensorView.of(new double[(int) elements], shape)
        : TensorView.of(new float[(int) elements], shape);
  }
}
