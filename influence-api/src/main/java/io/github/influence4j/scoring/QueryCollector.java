/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.events.StageEvent;
import io.github.influence4j.internal.lifetimes.Watched;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.planning.CostModel;
import io.github.influence4j.planning.ScorePlan;
import io.github.influence4j.progress.RunControl;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Truncation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes the queries of a plan's pass, from number {@code first} on, preconditions them batch by
 * batch and counts the rest. Aggregated queries are summed first and preconditioned at the end.
 */
final class QueryCollector implements GradientSink, AutoCloseable {
  private final ComputeBackend backend;
  private final LoadedCurvature curvature;
  private final BatchReader reader;
  private final RunControl control;
  private final int first;
  private final int capacity;
  private final boolean aggregate;
  private final @Nullable LowRank lowRank;
  private final int dampings;
  private final ScorePlan plan;

  /** By layer, group, damping: what the batches gave. */
  private final List<List<List<List<ScaledQueries>>>> chunks = new ArrayList<>();

  /** By layer and group: the sum of all queries, where they are aggregated. */
  private final List<List<QuerySum>> sums = new ArrayList<>();

  private int seen;

  QueryCollector(
      ScoringSetup setup,
      LoadedCurvature curvature,
      ScoreOptions options,
      ScorePlan plan,
      int first) {
    this.backend = setup.backend();
    this.curvature = curvature;
    this.control = setup.control();
    this.aggregate = options.aggregateQueries();
    this.lowRank = options.lowRank();
    this.dampings = options.dampings().size();
    this.plan = plan;
    this.first = first;
    this.capacity = plan.queriesPerPass();
    List<LayerSpec> layers = curvature.layers().stream().map(LoadedLayer::layer).toList();
    this.reader = new BatchReader(setup.curvature().layers(), layers, backend);
    try {
      prepare();
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /** Makes room for what the batches give. */
  private void prepare() {
    for (LoadedLayer layer : curvature.layers()) {
      List<List<List<ScaledQueries>>> byPart = new ArrayList<>();
      List<QuerySum> partSums = new ArrayList<>();
      chunks.add(byPart);
      sums.add(partSums);
      for (int g = 0; g < layer.parts().size(); g++) {
        List<List<ScaledQueries>> byDamping = new ArrayList<>();
        for (int d = 0; d < dampings; d++) {
          byDamping.add(new ArrayList<>());
        }
        byPart.add(byDamping);
        if (aggregate) {
          partSums.add(new QuerySum(backend, layer, layer.parts().get(g)));
        }
      }
    }
  }

  private BackendTensor zeros(LoadedLayer layer, int queries) {
    CostModel model = layer.cost().model();
    return backend.zeros(queries, model.outputs(), model.inputs());
  }

  /** Queries in the whole replay, those outside the range included. */
  int seen() {
    return seen;
  }

  @Override
  public void accept(GradientBatch batch) {
    control.checkCancelled(Stage.QUERIES);
    int[] targets = new int[batch.examples()];
    int taken = 0;
    for (int e = 0; e < targets.length; e++) {
      int query = seen + e;
      boolean inRange = aggregate || (query >= first && query - first < capacity);
      targets[e] = !inRange ? -1 : aggregate ? 0 : taken;
      taken += inRange ? 1 : 0;
    }
    if (taken > 0) {
      StageEvent event = StageEvent.begin(Stage.QUERIES, 0, batch.examples());
      List<List<ExampleRows>> rows = reader.read(batch);
      for (int i = 0; i < rows.size(); i++) {
        add(i, rows.get(i), targets, taken);
      }
      event.commit();
    }
    seen += batch.examples();
    control.report(Stage.QUERIES, 0, seen);
  }

  private void add(int index, List<ExampleRows> parts, int[] targets, int taken) {
    LoadedLayer layer = curvature.layers().get(index);
    int below = layer.cost().model().rotateRowsBelow();
    for (int g = 0; g < parts.size(); g++) {
      LoadedPart part = layer.parts().get(g);
      if (aggregate) {
        sums.get(index).get(g).add(parts.get(g));
      } else {
        int most = plan.gradientsAtOnce(layer.cost());
        for (int from = 0; from < taken; from += most) {
          int count = Math.min(most, taken - from);
          ExampleRows some =
              count == targets.length ? parts.get(g) : pick(parts.get(g), targets, from, count);
          ScaledExamples scaled = ScaledExamples.each(backend, some);
          int[] places = IntStream.range(0, count).toArray();
          try (BackendTensor rotated = zeros(layer, count)) {
            backend.accumulateGradients(scaled.rows(), part.rotation(), below, places, rotated);
            precondition(index, g, rotated, IntStream.of(places).map(scaled::exponent).toArray());
          }
        }
      }
    }
  }

  /** The examples with targets {@code from} to {@code from + count}. */
  private static ExampleRows pick(ExampleRows rows, int[] targets, int from, int count) {
    int[] examples =
        IntStream.range(0, targets.length)
            .filter(e -> targets[e] >= from && targets[e] - from < count)
            .toArray();
    return ExampleSelection.view(rows, examples);
  }

  /** Of rotated gradients that are divided by powers of two. */
  private void precondition(int index, int group, BackendTensor rotated, int[] exponents) {
    LoadedLayer layer = curvature.layers().get(index);
    LoadedPart part = layer.parts().get(group);
    Truncation truncation = LowRank.truncation(lowRank, plan.rank(layer.cost()));
    for (int d = 0; d < dampings; d++) {
      int more = part.exponents()[d];
      QueryFactors factors = precondition(layer, part, rotated, part.weights().get(d), truncation);
      chunks
          .get(index)
          .get(group)
          .get(d)
          .add(new ScaledQueries(factors, IntStream.of(exponents).map(e -> e + more).toArray()));
    }
  }

  private QueryFactors precondition(
      LoadedLayer layer,
      LoadedPart part,
      BackendTensor rotated,
      BackendTensor weights,
      @Nullable Truncation truncation) {
    try {
      return Watched.run(
          control,
          Stage.PRECONDITION,
          cost(rotated, truncation),
          () ->
              truncation == null
                  ? backend.precondition(rotated, weights, part.rotation())
                  : backend.preconditionLowRank(rotated, weights, part.rotation(), truncation),
          QueryFactors::close);
    } catch (ArithmeticException failure) {
      throw LayerScores.named(layer, failure);
    }
  }

  /** About how many arithmetic operations preconditioning takes. */
  private static double cost(BackendTensor rotated, @Nullable Truncation truncation) {
    double outputs = rotated.shape()[1];
    double inputs = rotated.shape()[2];
    double columns =
        truncation == null
            ? outputs + inputs
            : truncation.randomised() ? 8.0 * truncation.rank() : 10 * Math.min(outputs, inputs);
    return 2 * rotated.shape()[0] * outputs * inputs * columns;
  }

  /** Queries of the range; for the caller to close. */
  PreparedQueries finish() {
    int count = aggregate ? 1 : Math.min(capacity, seen - first);
    StageEvent event = StageEvent.begin(Stage.PRECONDITION, 0, count);
    PreparedQueries prepared = new PreparedQueries(count, new ArrayList<>());
    try {
      for (int i = 0; i < chunks.size(); i++) {
        join(i, prepared);
      }
      event.commit();
      control.report(Stage.PRECONDITION, 0, count);
    } catch (RuntimeException | Error stopped) {
      prepared.close();
      throw stopped;
    }
    return prepared;
  }

  private void join(int index, PreparedQueries prepared) {
    List<ScaledQueries> parts = new ArrayList<>();
    prepared.layers().add(parts);
    for (int g = 0; g < chunks.get(index).size(); g++) {
      if (aggregate) {
        QuerySum sum = sums.get(index).get(g);
        precondition(index, g, sum.finish(), new int[] {sum.exponent()});
      }
      List<List<ScaledQueries>> byDamping = chunks.get(index).get(g);
      parts.add(PreparedQueries.join(backend, byDamping));
      byDamping.forEach(List::clear);
    }
  }

  @Override
  public void close() {
    sums.forEach(parts -> parts.forEach(QuerySum::close));
    chunks.stream()
        .flatMap(List::stream)
        .flatMap(List::stream)
        .flatMap(List::stream)
        .forEach(ScaledQueries::close);
  }
}
