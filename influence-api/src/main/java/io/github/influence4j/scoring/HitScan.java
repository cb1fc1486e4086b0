/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.internal.events.StageEvent;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.planning.ScorePlan;
import io.github.influence4j.progress.RunControl;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A second look, at hits only: exact scores in the place of truncated ones, row scores of the
 * training side, row scores of the query side. The last swap the roles of query and training
 * example, which leaves the score as it is, for the inverse Hessian is symmetric: {@code I_u =
 * ds_uᵀ (G+λI)⁻¹g_m a_u}.
 */
final class HitScan implements GradientSink {
  private final ComputeBackend backend;
  private final LoadedCurvature curvature;
  private final PreparedQueries queries;
  private final List<QueryRows.Batch> queryRows;
  private final List<List<QueryResult>> results;
  private final List<List<LongPredicate>> wanted = new ArrayList<>();
  private final ScoreOptions options;
  private final RunControl control;
  private final BatchReader reader;
  private final SharedOffsets sharedOffsets;
  private final ScorePlan plan;
  private final int plannedQueries;

  /** By damping and query: exact scores by example. */
  private final List<List<Map<Long, Double>>> exact;

  private int seen;

  HitScan(
      ComputeBackend backend,
      LoadedCurvature curvature,
      PreparedQueries queries,
      @Nullable QueryRows queryRows,
      List<List<QueryResult>> results,
      List<List<Map<Long, Double>>> exact,
      ScoreOptions options,
      RunControl control,
      BatchReader reader,
      SharedOffsets sharedOffsets,
      ScorePlan plan,
      int plannedQueries) {
    this.backend = backend;
    this.curvature = curvature;
    this.queries = queries;
    this.queryRows = queryRows == null ? List.of() : queryRows.batches();
    this.results = results;
    this.exact = exact;
    this.options = options;
    this.control = control;
    this.reader = reader;
    this.sharedOffsets = sharedOffsets;
    this.plan = plan;
    this.plannedQueries = plannedQueries;
    for (List<QueryResult> ofDamping : results) {
      wanted.add(ofDamping.stream().map(HitScan::wanted).toList());
    }
  }

  int seen() {
    return seen;
  }

  private static LongPredicate wanted(QueryResult result) {
    TopK hits = result.hits;
    if (hits == null) {
      return example -> true;
    }
    Set<Long> examples = new HashSet<>(hits.examples());
    return examples::contains;
  }

  private boolean wanted(int damping, int query, long example) {
    return wanted.get(damping).get(query).test(example);
  }

  @Override
  public void accept(GradientBatch batch) {
    control.checkCancelled(Stage.RESCORE);
    int[] chosen =
        IntStream.range(0, batch.examples()).filter(e -> wantedByAny(seen + e)).toArray();
    if (chosen.length > 0) {
      boolean rowScores = options.topK() > 0 && options.perRow();
      List<List<ExampleRows>> all = reader.read(batch);
      if (rowScores) {
        sharedOffsets.of(batch, all);
      }
      List<List<ExampleRows>> rows = new ArrayList<>();
      for (List<ExampleRows> parts : all) {
        rows.add(parts.stream().map(part -> ExampleSelection.view(part, chosen)).toList());
      }
      StageEvent event = StageEvent.begin(Stage.RESCORE, 0, chosen.length);
      if (options.topK() > 0 && options.lowRank() != null) {
        rescore(rows, chosen);
      }
      if (rowScores) {
        rowScores(rows, chosen);
      }
      if (options.perQueryRow()) {
        queryRowScores(rows, chosen);
      }
      event.commit();
    }
    seen = Math.addExact(seen, batch.examples());
    control.report(Stage.RESCORE, 0, seen);
  }

  private boolean wantedByAny(long example) {
    return wanted.stream().flatMap(List::stream).anyMatch(test -> test.test(example));
  }

  private void rescore(List<List<ExampleRows>> rows, int[] chosen) {
    for (int i = 0; i < rows.size(); i++) {
      control.checkCancelled(Stage.RESCORE);
      LoadedLayer layer = curvature.layers().get(i);
      double[] scores =
          LayerScores.pairwise(
              backend, rows.get(i), queries.layers().get(i), layer, plannedQueries);
      for (int d = 0; d < results.size(); d++) {
        for (int q = 0; q < queries.count(); q++) {
          for (int e = 0; e < chosen.length; e++) {
            long example = (long) seen + chosen[e];
            if (wanted(d, q, example)) {
              double score = scores[(d * queries.count() + q) * chosen.length + e];
              exact.get(d).get(q).merge(example, score, Double::sum);
              Map<String, Double> parts = results.get(d).get(q).hitLayers.get(example);
              if (parts != null) {
                parts.put(layer.layer().name(), score);
              }
            }
          }
        }
      }
    }
  }

  private void rowScores(List<List<ExampleRows>> rows, int[] chosen) {
    int[] offsets = rows.get(0).get(0).offsets();
    for (int i = 0; i < rows.size(); i++) {
      control.checkCancelled(Stage.RESCORE);
      double[] scores =
          LayerScores.rows(
              backend, rows.get(i), queries.layers().get(i), curvature.layers().get(i));
      addRows(scores, offsets, chosen);
    }
  }

  private void addRows(double[] scores, int[] offsets, int[] chosen) {
    int count = offsets[chosen.length];
    for (int d = 0; d < results.size(); d++) {
      for (int q = 0; q < queries.count(); q++) {
        for (int e = 0; e < chosen.length; e++) {
          if (wanted(d, q, seen + chosen[e])) {
            int start = (d * queries.count() + q) * count;
            double[] own = slice(scores, start + offsets[e], offsets[e + 1] - offsets[e]);
            results.get(d).get(q).addRows(seen + chosen[e], own);
          }
        }
      }
    }
  }

  private void queryRowScores(List<List<ExampleRows>> rows, int[] chosen) {
    for (int i = 0; i < rows.size(); i++) {
      control.checkCancelled(Stage.RESCORE);
      LoadedLayer layer = curvature.layers().get(i);
      // Both the gradients and what becomes of them.
      int most = Math.max(1, plan.gradientsAtOnce(layer.cost()) / 2);
      for (int g = 0; g < rows.get(i).size(); g++) {
        for (int from = 0; from < chosen.length; from += most) {
          int[] some = IntStream.range(from, Math.min(chosen.length, from + most)).toArray();
          ExampleRows part = ExampleSelection.view(rows.get(i).get(g), some);
          queryRowScores(part, layer, i, g, IntStream.of(some).map(e -> chosen[e]).toArray());
        }
      }
    }
  }

  private void queryRowScores(
      ExampleRows part, LoadedLayer layer, int index, int group, int[] chosen) {
    int[] targets = IntStream.range(0, chosen.length).toArray();
    int below = layer.cost().model().rotateRowsBelow();
    LoadedPart loaded = layer.parts().get(group);
    ScaledExamples scaled = ScaledExamples.each(backend, part);
    try (BackendTensor rotated = backend.zeros(chosen.length, part.outputs(), part.inputs())) {
      backend.accumulateGradients(scaled.rows(), loaded.rotation(), below, targets, rotated);
      for (int d = 0; d < results.size(); d++) {
        BackendTensor weights = loaded.weights().get(d);
        int more = loaded.exponents()[d];
        int[] exponents = IntStream.of(targets).map(e -> scaled.exponent(e) + more).toArray();
        QueryFactors factors = backend.precondition(rotated, weights, loaded.rotation());
        try (ScaledQueries swapped = new ScaledQueries(factors, exponents)) {
          addQueryRows(swapped, d, index, group, chosen);
        }
      }
    }
  }

  private void addQueryRows(
      ScaledQueries swapped, int damping, int layer, int group, int[] chosen) {
    for (QueryRows.Batch batch : queryRows) {
      ScaledExamples rows = batch.layers().get(layer).get(group);
      ExampleRows own = rows.rows();
      double[] scores = LayerScores.rows(backend, rows, swapped, curvature.layers().get(layer));
      int count = own.activations().rows();
      for (int q = 0; q < batch.queries(); q++) {
        int query = batch.first() + q;
        int length = own.offsets()[q + 1] - own.offsets()[q];
        for (int e = 0; e < chosen.length; e++) {
          if (wanted(damping, query, seen + chosen[e])) {
            double[] parts = slice(scores, e * count + own.offsets()[q], length);
            results.get(damping).get(query).addRows(seen + chosen[e], parts);
          }
        }
      }
    }
  }

  private static double[] slice(double[] values, int first, int length) {
    double[] out = new double[length];
    System.arraycopy(values, first, out, 0, length);
    return out;
  }

  /** By damping and query: no exact scores yet. */
  static List<List<Map<Long, Double>>> noScores(List<List<QueryResult>> results) {
    List<List<Map<Long, Double>>> out = new ArrayList<>();
    for (List<QueryResult> ofDamping : results) {
      List<Map<Long, Double>> maps = new ArrayList<>();
      ofDamping.forEach(result -> maps.add(new HashMap<>()));
      out.add(maps);
    }
    return out;
  }
}
