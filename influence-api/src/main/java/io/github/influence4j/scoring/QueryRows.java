/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Copies of the captured rows of queries {@code first} to {@code first + capacity}. */
final class QueryRows implements GradientSink {
  /**
   * Queries of one batch.
   *
   * @param first number of the first one, counted from the start of the range
   * @param layers rows by layer and group, scaled one by one
   */
  record Batch(int first, List<List<ScaledExamples>> layers) {
    int queries() {
      return layers.get(0).get(0).rows().examples();
    }
  }

  private final ComputeBackend backend;
  private final BatchReader reader;
  private final SharedOffsets sharedOffsets;
  private final int first;
  private final int capacity;
  private final List<Batch> batches = new ArrayList<>();
  private int seen;

  QueryRows(
      ComputeBackend backend,
      BatchReader reader,
      SharedOffsets sharedOffsets,
      int first,
      int capacity) {
    this.backend = backend;
    this.reader = reader;
    this.sharedOffsets = sharedOffsets;
    this.first = first;
    this.capacity = capacity;
  }

  List<Batch> batches() {
    return batches;
  }

  @Override
  public void accept(GradientBatch batch) {
    int[] taken =
        IntStream.range(0, batch.examples())
            .filter(e -> seen + e >= first && seen + e - first < capacity)
            .toArray();
    if (taken.length > 0) {
      List<List<ExampleRows>> rows = reader.read(batch);
      sharedOffsets.of(batch, rows);
      List<List<ScaledExamples>> copies = new ArrayList<>();
      for (List<ExampleRows> parts : rows) {
        copies.add(
            parts.stream()
                .map(part -> ExampleSelection.copy(part, taken, backend))
                .map(part -> ScaledExamples.eachRow(backend, part))
                .toList());
      }
      batches.add(new Batch(seen + taken[0] - first, copies));
    }
    seen += batch.examples();
  }
}
