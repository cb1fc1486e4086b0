/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.events.StageEvent;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.progress.RunControl;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.TopScores;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the training data: every example against every prepared query. Where the backend
 * can, it keeps the strongest scores itself, until {@link #finish}.
 */
final class TrainingScan implements GradientSink, AutoCloseable {
  private final ComputeBackend backend;
  private final PreparedQueries queries;
  private final List<LoadedLayer> layers;
  private final List<List<QueryResult>> results;
  private final ScoreOptions options;
  private final RunControl control;
  private final BatchReader reader;
  private final SharedOffsets sharedOffsets;
  private final int pass;
  private final int plannedQueries;
  private final boolean complete;

  /** Null where the host keeps the scores. */
  private @Nullable TopScores top;

  private int seen;

  /**
   * A scan.
   *
   * @param results by damping, by query of this pass
   * @param plannedQueries query factors of the whole run, which decide on the form of operations
   * @param complete whether {@code layers} are all layers, so that scores are final
   */
  TrainingScan(
      ComputeBackend backend,
      List<LayerSpec> model,
      List<LoadedLayer> layers,
      PreparedQueries queries,
      List<List<QueryResult>> results,
      ScoreOptions options,
      RunControl control,
      int pass,
      int plannedQueries,
      boolean complete) {
    this.backend = backend;
    this.queries = queries;
    this.layers = layers;
    this.results = results;
    this.options = options;
    this.control = control;
    this.pass = pass;
    this.plannedQueries = plannedQueries;
    this.complete = complete;
    List<LayerSpec> specs = layers.stream().map(LoadedLayer::layer).toList();
    this.reader = new BatchReader(model, specs, backend);
    this.sharedOffsets = new SharedOffsets(model, specs, backend);
    // The parts of layers would have to come to the host at once.
    boolean totalsOnly =
        options.topK() > 0 && complete && !options.perLayer() && queries.unscaled();
    this.top =
        totalsOnly
            ? backend.topScores(results.size() * queries.count(), options.topK()).orElse(null)
            : null;
  }

  int seen() {
    return seen;
  }

  @Override
  public void accept(GradientBatch batch) {
    control.checkCancelled(Stage.SCORE);
    List<List<ExampleRows>> rows = reader.read(batch);
    StageEvent event = StageEvent.begin(Stage.SCORE, pass, batch.examples());
    TopScores kept = top;
    if (kept != null && scaled(rows)) {
      // The backend adds scores as they are.
      finish();
      close();
      kept = null;
    }
    if (kept == null) {
      score(batch, rows);
    } else {
      scoreOnBackend(kept, rows);
    }
    event.commit();
    seen = Math.addExact(seen, batch.examples());
    control.report(Stage.SCORE, pass, seen);
  }

  private boolean scaled(List<List<ExampleRows>> rows) {
    return rows.stream()
        .flatMap(List::stream)
        .anyMatch(part -> ScaledExamples.each(backend, part).exponents() != null);
  }

  private void scoreOnBackend(TopScores kept, List<List<ExampleRows>> rows) {
    for (int i = 0; i < layers.size(); i++) {
      control.checkCancelled(Stage.SCORE);
      LayerScores.pairwise(
          kept, rows.get(i), queries.layers().get(i), layers.get(i), plannedQueries);
    }
    kept.offer(seen);
  }

  private void score(GradientBatch batch, List<List<ExampleRows>> rows) {
    int examples = batch.examples();
    boolean rowScores = options.perRow() && options.topK() == 0;
    int[] offsets = rowScores ? sharedOffsets.of(batch, rows) : new int[0];
    boolean offer = options.topK() > 0 && complete;
    double[] totals = null;
    List<double[]> parts = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      control.checkCancelled(Stage.SCORE);
      double[] scores =
          LayerScores.pairwise(
              backend, rows.get(i), queries.layers().get(i), layers.get(i), plannedQueries);
      if (offer && options.perLayer()) {
        parts.add(scores.clone());
      }
      if (offer) {
        totals = LayerScores.add(totals, scores);
      } else {
        keep(layers.get(i).layer().name(), examples, scores);
      }
      if (rowScores) {
        double[] more =
            LayerScores.rows(backend, rows.get(i), queries.layers().get(i), layers.get(i));
        keepRows(examples, more, offsets);
      }
    }
    if (totals != null) {
      offer(examples, totals, parts);
    }
  }

  /** Brings what the backend kept to the results; after the last batch. */
  void finish() {
    TopScores kept = top;
    for (int d = 0; kept != null && d < results.size(); d++) {
      for (int q = 0; q < queries.count(); q++) {
        QueryResult result = results.get(d).get(q);
        kept.kept(d * queries.count() + q)
            .forEach(entry -> result.offer(entry.example(), entry.score(), Map::of));
      }
    }
  }

  @Override
  public void close() {
    if (top != null) {
      top.close();
      top = null;
    }
  }

  private void offer(int examples, double[] totals, List<double[]> parts) {
    for (int d = 0; d < results.size(); d++) {
      for (int q = 0; q < queries.count(); q++) {
        QueryResult result = results.get(d).get(q);
        int row = (d * queries.count() + q) * examples;
        for (int e = 0; e < examples; e++) {
          int index = row + e;
          result.offer(seen + e, totals[index], () -> named(parts, index));
        }
      }
    }
  }

  private void keep(String layer, int examples, double[] scores) {
    TrainingGroups groups = options.groups();
    for (int d = 0; d < results.size(); d++) {
      for (int q = 0; q < queries.count(); q++) {
        int row = (d * queries.count() + q) * examples;
        for (int e = 0; e < examples; e++) {
          int target = groups == null ? seen + e : groups.group(seen + e);
          if (target >= 0) {
            results.get(d).get(q).add(layer, target, scores[row + e]);
          }
        }
      }
    }
  }

  private Map<String, Double> named(List<double[]> parts, int index) {
    Map<String, Double> named = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      named.put(layers.get(i).layer().name(), parts.get(i)[index]);
    }
    return named;
  }

  private void keepRows(int examples, double[] scores, int[] offsets) {
    int rows = offsets[examples];
    for (int d = 0; d < results.size(); d++) {
      for (int q = 0; q < queries.count(); q++) {
        int start = (d * queries.count() + q) * rows;
        for (int e = 0; e < examples; e++) {
          double[] own = new double[offsets[e + 1] - offsets[e]];
          System.arraycopy(scores, start + offsets[e], own, 0, own.length);
          results.get(d).get(q).addRows(seen + e, own);
        }
      }
    }
  }
}
