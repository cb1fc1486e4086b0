/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.internal.memory.HeapSpace;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import java.util.ArrayList;
import java.util.List;

/** The gradients of all queries as vectors of all weights, on the heap; their sum, if asked for. */
final class QueryVectors implements GradientSink, AutoCloseable {
  private final ScoringSetup setup;
  private final ScoreOptions options;
  private final BatchReader reader;
  private final List<double[]> vectors = new ArrayList<>();
  private final int size;
  private int seen;

  QueryVectors(ScoringSetup setup, ScoreOptions options) {
    this.setup = setup;
    this.options = options;
    this.reader =
        new BatchReader(setup.curvature().layers(), setup.curvature().layers(), setup.backend());
    long weights = setup.costs().stream().mapToLong(QueryVectors::weights).sum();
    require(1, weights);
    this.size = (int) weights;
  }

  /** Of all groups. */
  static long weights(LayerCost layer) {
    return (long) layer.groups() * layer.model().outputs() * layer.model().inputs();
  }

  private void require(int queries, long weights) {
    HeapSpace.require(
        (1.0 + options.dampings().size()) * queries,
        weights,
        Double.BYTES,
        "Gradients of " + queries + " queries to be refined",
        "refine fewer queries or layers at once, or start Java with a larger -Xmx.");
  }

  @Override
  public void accept(GradientBatch batch) {
    setup.control().checkCancelled(Stage.QUERIES);
    require(options.aggregateQueries() ? 1 : seen + batch.examples(), size);
    List<ExampleRows> parts = reader.read(batch);
    for (int e = 0; e < batch.examples(); e++) {
      if (vectors.isEmpty() || !options.aggregateQueries()) {
        vectors.add(new double[size]);
      }
      add(parts, e, vectors.get(vectors.size() - 1));
    }
    seen += batch.examples();
    setup.control().report(Stage.QUERIES, 0, seen);
  }

  private void add(List<ExampleRows> parts, int example, double[] vector) {
    int next = 0;
    int offset = 0;
    for (LayerCost layer : setup.costs()) {
      for (int g = 0; g < layer.groups(); g++) {
        ExampleRows rows = ExampleSelection.view(parts.get(next++), new int[] {example});
        for (double value : gradient(rows, layer.model())) {
          vector[offset++] += value;
        }
      }
    }
  }

  private double[] gradient(ExampleRows rows, CostModel model) {
    ScaledExamples scaled = ScaledExamples.each(setup.backend(), rows);
    try (BackendTensor sum = setup.backend().zeros(1, model.outputs(), model.inputs())) {
      Rotation none = Rotation.identity(model.outputs(), model.inputs());
      setup
          .backend()
          .accumulateGradients(scaled.rows(), none, model.rotateRowsBelow(), new int[1], sum);
      return Exponents.scale(sum.toDoubles(), scaled.exponent(0));
    }
  }

  /** After the replay: [queries][weights]. */
  double[][] finish() {
    if (seen == 0) {
      throw new IllegalArgumentException("The query source pushed no examples.");
    }
    return vectors.toArray(double[][]::new);
  }

  @Override
  public void close() {
    reader.close();
  }
}
