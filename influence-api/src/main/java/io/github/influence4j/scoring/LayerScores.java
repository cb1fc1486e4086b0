/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.internal.range.OutOfRange;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.TopScores;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Scores of one layer, its groups summed in their order. */
final class LayerScores {
  private static final String SCORE = "a score is";

  private LayerScores() {}

  /** [queries, examples]. */
  static double[] pairwise(
      ComputeBackend backend,
      List<ExampleRows> parts,
      List<ScaledQueries> queries,
      LoadedLayer layer,
      int plannedQueries) {
    double[] sum = null;
    int[] below = withoutGradientBelow(queries, layer, plannedQueries);
    for (int g = 0; g < parts.size(); g++) {
      ScaledExamples examples = ScaledExamples.each(backend, parts.get(g));
      double[] scores = backend.score(examples.rows(), queries.get(g).factors(), below[g]);
      sum = add(sum, inUnits(layer, scores, queries.get(g), examples));
    }
    return requireFinite(layer, Objects.requireNonNull(sum));
  }

  /** The same, added to what the backend keeps of the batch; nothing is scaled. */
  static void pairwise(
      TopScores top,
      List<ExampleRows> parts,
      List<ScaledQueries> queries,
      LoadedLayer layer,
      int plannedQueries) {
    List<QueryFactors> factors = queries.stream().map(ScaledQueries::factors).toList();
    top.add(parts, factors, withoutGradientBelow(queries, layer, plannedQueries))
        .ifPresent(score -> requireFinite(layer, new double[] {score}));
  }

  /** Of each group. */
  private static int[] withoutGradientBelow(
      List<ScaledQueries> queries, LoadedLayer layer, int plannedQueries) {
    return queries.stream()
        .map(ScaledQueries::factors)
        .mapToInt(
            factors -> {
              int rank =
                  factors instanceof QueryFactors.LowRank low ? (int) low.left().shape()[2] : 0;
              return layer.cost().model().withoutGradientBelow(plannedQueries, rank);
            })
        .toArray();
  }

  /** Refuses what an overflow leaves. */
  static double[] requireFinite(LoadedLayer layer, double[] scores) {
    for (double score : scores) {
      if (!Double.isFinite(score)) {
        throw OutOfRange.overflow(layer.layer().name(), SCORE, score);
      }
    }
    return scores;
  }

  /** Names the layer of an operation that failed on its numbers. */
  static ArithmeticException named(LoadedLayer layer, ArithmeticException failure) {
    ArithmeticException named =
        new ArithmeticException("Layer \"" + layer.layer().name() + "\": " + failure.getMessage());
    named.initCause(failure);
    return named;
  }

  /** [queries, rows]. */
  static double[] rows(
      ComputeBackend backend,
      List<ExampleRows> parts,
      List<ScaledQueries> queries,
      LoadedLayer layer) {
    double[] sum = null;
    for (int g = 0; g < parts.size(); g++) {
      ScaledExamples rows = ScaledExamples.eachRow(backend, parts.get(g));
      sum = add(sum, rows(backend, rows, queries.get(g), layer));
    }
    return requireFinite(layer, Objects.requireNonNull(sum));
  }

  /** Of rows that are scaled one by one. */
  static double[] rows(
      ComputeBackend backend, ScaledExamples rows, ScaledQueries queries, LoadedLayer layer) {
    return inUnits(layer, backend.scoreRows(rows.rows(), queries.factors()), queries, rows);
  }

  /** Brings scores [queries, examples or rows] to the units of the data, in place. */
  private static double[] inUnits(
      LoadedLayer layer, double[] scores, ScaledQueries queries, ScaledExamples examples) {
    if (examples.exponents() == null && queries.unscaled()) {
      return scores;
    }
    int count = scores.length / Math.max(1, queries.exponents().length);
    for (int i = 0; i < scores.length; i++) {
      int exponent = queries.exponents()[i / count] + examples.exponent(i % count);
      scores[i] = inUnits(layer, scores[i], exponent);
    }
    return scores;
  }

  /** A score times a power of two. */
  static double inUnits(LoadedLayer layer, double score, int exponent) {
    return OutOfRange.checkedScale(layer.layer().name(), SCORE, score, exponent);
  }

  static double[] add(double @Nullable [] sum, double[] more) {
    if (sum == null) {
      return more;
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] += more[i];
    }
    return sum;
  }
}
