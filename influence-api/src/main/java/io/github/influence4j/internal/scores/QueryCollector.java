/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.events.StageEvent;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.spi.ExampleRows;
import java.util.ArrayList;
import java.util.List;

/** Takes the queries of a pass from a replay of all queries and counts the rest. */
final class QueryCollector implements GradientSink, AutoCloseable {
  private final ScoringPass pass;
  private final RunControl control;
  private final BatchReader reader;
  private final boolean aggregate;

  /** Layer after layer, one a group. */
  private final List<PartQueries> parts = new ArrayList<>();

  private int seen;

  QueryCollector(ScoringPass pass, List<LoadedPart> curvature) {
    this.pass = pass;
    this.control = pass.control();
    this.reader = pass.reader();
    this.aggregate = pass.options().aggregateQueries();
    try {
      curvature.forEach(part -> parts.add(new PartQueries(pass, part)));
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  @Override
  public void accept(GradientBatch batch) {
    control.checkCancelled(Stage.QUERIES);
    int[] targets = new int[batch.examples()];
    int taken = 0;
    for (int e = 0; e < targets.length; e++) {
      boolean inPass = aggregate || pass.serves(seen + e);
      targets[e] = !inPass ? -1 : aggregate ? 0 : taken;
      taken += inPass ? 1 : 0;
    }
    if (taken > 0) {
      StageEvent event = StageEvent.begin(Stage.QUERIES, 0, batch.examples());
      List<ExampleRows> rows = reader.read(batch);
      for (int p = 0; p < rows.size(); p++) {
        parts.get(p).add(rows.get(p), targets, taken);
      }
      event.commit();
    }
    seen += batch.examples();
    control.report(Stage.QUERIES, 0, seen);
  }

  /** Queries of the pass; for the caller to close. */
  PreparedQueries finish() {
    if (seen == 0) {
      throw new IllegalArgumentException("The query source pushed no examples.");
    }
    int total = aggregate ? 1 : seen;
    int count = Math.min(pass.plan().queriesPerPass(), total - pass.firstQuery());
    StageEvent event = StageEvent.begin(Stage.PRECONDITION, 0, count);
    PreparedQueries prepared = new PreparedQueries(pass, count, total, new ArrayList<>());
    try {
      parts.forEach(part -> prepared.parts().add(part.finish()));
      event.commit();
      control.report(Stage.PRECONDITION, 0, count);
    } catch (RuntimeException | Error stopped) {
      prepared.close();
      throw stopped;
    }
    return prepared;
  }

  @Override
  public void close() {
    reader.close();
    parts.forEach(PartQueries::close);
  }
}
