/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.TopScores;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Scores of one layer, its groups summed in their order. */
final class LayerScores {
  private LayerScores() {}

  /** [queries, examples]. */
  static double[] pairwise(
      ComputeBackend backend,
      List<ExampleRows> parts,
      List<QueryFactors> queries,
      LoadedLayer layer,
      int plannedQueries) {
    double[] sum = null;
    int[] below = withoutGradientBelow(queries, layer, plannedQueries);
    for (int g = 0; g < parts.size(); g++) {
      sum = add(sum, backend.score(parts.get(g), queries.get(g), below[g]));
    }
    return requireFinite(layer, Objects.requireNonNull(sum));
  }

  /** The same, added to what the backend keeps of the batch. */
  static void pairwise(
      TopScores top,
      List<ExampleRows> parts,
      List<QueryFactors> queries,
      LoadedLayer layer,
      int plannedQueries) {
    top.add(parts, queries, withoutGradientBelow(queries, layer, plannedQueries))
        .ifPresent(score -> requireFinite(layer, new double[] {score}));
  }

  /** Of each group. */
  private static int[] withoutGradientBelow(
      List<QueryFactors> queries, LoadedLayer layer, int plannedQueries) {
    return queries.stream()
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
        throw new ArithmeticException(
            "Layer \""
                + layer.layer().name()
                + "\": a score is "
                + score
                + "; the data overflow, scale the loss down or compute in F64.");
      }
    }
    return scores;
  }

  /** [queries, rows]. */
  static double[] rows(
      ComputeBackend backend, List<ExampleRows> parts, List<QueryFactors> queries) {
    double[] sum = null;
    for (int g = 0; g < parts.size(); g++) {
      sum = add(sum, backend.scoreRows(parts.get(g), queries.get(g)));
    }
    return Objects.requireNonNull(sum);
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
