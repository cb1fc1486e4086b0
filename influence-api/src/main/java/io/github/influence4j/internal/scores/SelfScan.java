/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.events.StageEvent;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.Normalization;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Passes over the training data, one a block of layers: every example against itself. */
final class SelfScan implements GradientSink {
  private final ComputeBackend backend;
  private final SelfInfluenceOptions options;
  private final RunControl control;
  private final List<ScoreSeries> totals = new ArrayList<>();
  private final Map<String, List<ScoreSeries>> layers = new LinkedHashMap<>();
  private final TrainingPasses passes = new TrainingPasses();
  private List<LoadedPart> curvature = List.of();
  private @Nullable BatchReader reader;
  private long seen;

  SelfScan(ComputeBackend backend, SelfInfluenceOptions options, RunControl control) {
    this.backend = backend;
    this.options = options;
    this.control = control;
    options.dampings().forEach(damping -> totals.add(new ScoreSeries()));
  }

  /** Starts a pass. */
  void begin(List<LoadedPart> loaded, BatchReader batches) {
    curvature = loaded;
    reader = batches;
    seen = 0;
  }

  /** Ends a pass. */
  void end() {
    passes.end(seen);
  }

  @Override
  public void accept(GradientBatch batch) {
    control.checkCancelled(Stage.SELF_INFLUENCE);
    List<ExampleRows> rows = Objects.requireNonNull(reader).read(batch);
    StageEvent event = StageEvent.begin(Stage.SELF_INFLUENCE, passes.count(), batch.examples());
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      parts.add(new Part(curvature.get(i), rows.get(i)));
    }
    backend.together(
        parts.stream().map(part -> control.unlessCancelled(Stage.SELF_INFLUENCE, part)).toList());
    parts.forEach(this::add); // in this order, whichever was scored first
    event.commit();
    seen = Math.addExact(seen, batch.examples());
    control.report(Stage.SELF_INFLUENCE, passes.count(), seen);
  }

  /** Scores one part of a layer. */
  private final class Part implements Runnable {
    private final LoadedPart part;
    private final ExampleRows rows;
    private @Nullable ScaledExamples examples;
    private double[][] scores = {};

    Part(LoadedPart part, ExampleRows rows) {
      this.part = part;
      this.rows = rows;
    }

    @Override
    public void run() {
      ScaledExamples scaled = ScaledExamples.each(backend, rows);
      scores =
          backend.weightedSquares(
              scaled.rows(), part.rotation(), part.rotateRowsBelow(), part.weights());
      examples = scaled;
    }
  }

  private void add(Part scored) {
    String layer = scored.part.layer().layer();
    List<ScoreSeries> own =
        options.perLayer() ? layers.computeIfAbsent(layer, name -> newSeries()) : List.of();
    ScaledExamples examples = Objects.requireNonNull(scored.examples);
    double[][] scores = scored.scores;
    for (int d = 0; d < scores.length; d++) {
      for (int e = 0; e < scores[d].length; e++) {
        int exponent = 2 * examples.exponent(e) + scored.part.exponents()[d];
        double score = ScoreUnits.scale(layer, scores[d][e], exponent);
        totals.get(d).add(seen + e, score);
        if (!own.isEmpty()) {
          own.get(d).add(seen + e, score);
        }
      }
    }
  }

  private List<ScoreSeries> newSeries() {
    return options.dampings().stream().map(damping -> new ScoreSeries()).toList();
  }

  SelfInfluence finish() {
    double factor =
        options.normalization() == Normalization.PER_EXAMPLE ? 1.0 / passes.examples() : 1;
    Map<String, double[][]> byLayer = new LinkedHashMap<>();
    layers.forEach((name, series) -> byLayer.put(name, finish(series, factor)));
    return new KeptSelfInfluence(options.dampings(), finish(totals, factor), byLayer);
  }

  private double[][] finish(List<ScoreSeries> series, double factor) {
    return series.stream()
        .map(one -> one.finish(factor, passes.examples()))
        .toArray(double[][]::new);
  }
}
