/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.internal.rows.HostViews;
import io.github.influence4j.spi.ExampleRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Copies of the captured rows of the queries of a pass. */
final class QueryRows implements GradientSink, AutoCloseable {
  /**
   * Queries of one batch.
   *
   * @param first number of the first one, counted from the start of the range
   * @param parts rows layer after layer, one entry a group, scaled one by one
   */
  record Batch(int first, List<ScaledExamples> parts) {
    int queries() {
      return parts.get(0).rows().examples();
    }
  }

  private final ScoringPass pass;
  private final BatchReader reader;
  private final SharedOffsets sharedOffsets;
  private final List<Batch> batches = new ArrayList<>();
  private int seen;

  QueryRows(ScoringPass pass) {
    this.pass = pass;
    this.reader = pass.reader();
    this.sharedOffsets = pass.sharedOffsets();
  }

  List<Batch> batches() {
    return batches;
  }

  @Override
  public void accept(GradientBatch batch) {
    int[] taken = IntStream.range(0, batch.examples()).filter(e -> pass.serves(seen + e)).toArray();
    if (taken.length > 0) {
      List<ExampleRows> rows = reader.read(batch);
      sharedOffsets.of(batch, rows);
      HostViews host = new HostViews(pass.backend());
      batches.add(
          new Batch(
              seen + taken[0] - pass.firstQuery(),
              rows.stream()
                  .map(part -> ExampleSelection.copy(part, taken, host))
                  .map(part -> ScaledExamples.eachRow(pass.backend(), part))
                  .toList()));
    }
    seen += batch.examples();
  }

  /** The copies stay. */
  @Override
  public void close() {
    reader.close();
    sharedOffsets.close();
  }
}
