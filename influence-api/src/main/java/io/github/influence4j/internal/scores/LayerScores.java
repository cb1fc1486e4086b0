/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.LayerParts;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.TopScores;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Scores of a batch against the queries of a pass, one layer's at a time: its groups, summed. */
final class LayerScores {
  private final ComputeBackend backend;
  private final PreparedQueries queries;
  private final List<LayerCost> layers;
  private final LayerParts parts;

  LayerScores(PreparedQueries queries) {
    ScoringPass pass = queries.pass();
    this.backend = pass.backend();
    this.queries = queries;
    this.layers = pass.costs();
    this.parts = new LayerParts(pass.layers());
  }

  int layers() {
    return layers.size();
  }

  String name(int layer) {
    return layers.get(layer).layer();
  }

  /** [query factors, examples] of a layer, from the rows of all parts. */
  ScoreMatrix pairwise(int layer, List<ExampleRows> rows) {
    List<ExampleRows> own = parts.of(layer, rows);
    List<ScaledQueries> factors = parts.of(layer, queries.parts());
    ScoreMatrix sum = null;
    for (int g = 0; g < own.size(); g++) {
      ScaledExamples examples = ScaledExamples.each(backend, own.get(g));
      int below = withoutGradientBelow(layer, factors.get(g).factors());
      double[] scores = backend.score(examples.rows(), factors.get(g).factors(), below);
      ScoreUnits.scale(name(layer), scores, factors.get(g), examples);
      sum = add(sum, scores, examples.rows().examples());
    }
    return finite(layer, sum);
  }

  /** The same, added to what the backend keeps of the batch; nothing is scaled. */
  void pairwise(int layer, List<ExampleRows> rows, TopScores top) {
    List<QueryFactors> factors =
        parts.of(layer, queries.parts()).stream().map(ScaledQueries::factors).toList();
    int[] below = factors.stream().mapToInt(some -> withoutGradientBelow(layer, some)).toArray();
    top.add(parts.of(layer, rows), factors, below)
        .ifPresent(score -> ScoreUnits.requireFinite(name(layer), score));
  }

  /** [query factors, rows] of a layer. */
  ScoreMatrix rows(int layer, List<ExampleRows> rows) {
    List<ExampleRows> own = parts.of(layer, rows);
    List<ScaledQueries> factors = parts.of(layer, queries.parts());
    ScoreMatrix sum = null;
    for (int g = 0; g < own.size(); g++) {
      ScaledExamples each = ScaledExamples.eachRow(backend, own.get(g));
      double[] scores = backend.scoreRows(each.rows(), factors.get(g).factors());
      ScoreUnits.scale(name(layer), scores, factors.get(g), each);
      sum = add(sum, scores, each.rows().activations().rows());
    }
    return finite(layer, sum);
  }

  private int withoutGradientBelow(int layer, QueryFactors factors) {
    int rank = factors instanceof QueryFactors.LowRank low ? (int) low.left().shape()[2] : 0;
    return layers.get(layer).model().withoutGradientBelow(queries.planned(), rank);
  }

  private static ScoreMatrix add(@Nullable ScoreMatrix sum, double[] more, int columns) {
    if (sum == null) {
      return new ScoreMatrix(more, columns);
    }
    sum.add(more);
    return sum;
  }

  private ScoreMatrix finite(int layer, @Nullable ScoreMatrix sum) {
    ScoreMatrix scores = Objects.requireNonNull(sum);
    ScoreUnits.requireFinite(name(layer), scores.values());
    return scores;
  }
}
