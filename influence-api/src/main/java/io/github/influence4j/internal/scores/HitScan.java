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
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.ExampleRows;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A second look, at hits only: exact or refined scores in the place of those they were found by,
 * row scores of the training side, row scores of the query side.
 */
final class HitScan implements GradientSink, AutoCloseable {
  private final ScoreOptions options;
  private final RunControl control;
  private final LayerScores scores;
  private final QueryGrid<SecondLook> looks;
  private final BatchReader reader;
  private final SharedOffsets sharedOffsets;
  private final @Nullable QueryRowScores queryRows;

  /** The number of each example that the source pushes. */
  private final LongUnaryOperator numbers;

  private long seen;

  /**
   * A scan.
   *
   * @param looks of the queries of the pass
   * @param queryRows null where the rows of queries get no scores
   * @param numbers the number of each example that the source pushes
   */
  HitScan(
      PreparedQueries queries,
      QueryGrid<SecondLook> looks,
      @Nullable QueryRowScores queryRows,
      LongUnaryOperator numbers) {
    ScoringPass pass = queries.pass();
    this.options = pass.options();
    this.control = pass.control();
    this.scores = new LayerScores(queries);
    this.looks = looks;
    this.reader = pass.reader();
    this.sharedOffsets = pass.sharedOffsets();
    this.queryRows = queryRows;
    this.numbers = numbers;
  }

  long seen() {
    return seen;
  }

  @Override
  public void accept(GradientBatch batch) {
    control.checkCancelled(Stage.RESCORE);
    int[] chosen =
        IntStream.range(0, batch.examples()).filter(e -> wantedByAny(number(e))).toArray();
    if (chosen.length > 0) {
      List<ExampleRows> all = reader.read(batch);
      boolean rowScores = options.topK() > 0 && options.perRow();
      if (rowScores) {
        sharedOffsets.of(batch, all);
      }
      List<ExampleRows> rows =
          all.stream().map(part -> ExampleSelection.view(part, chosen)).toList();
      long[] examples = IntStream.of(chosen).mapToLong(this::number).toArray();
      StageEvent event = StageEvent.begin(Stage.RESCORE, 0, chosen.length);
      if (SecondLook.rescores(options)) {
        rescore(rows, examples);
      }
      if (rowScores) {
        rowScores(rows, examples);
      }
      if (queryRows != null) {
        queryRows.add(rows, examples);
      }
      event.commit();
    }
    seen = Math.addExact(seen, batch.examples());
    control.report(Stage.RESCORE, 0, seen);
  }

  private long number(int exampleOfBatch) {
    return numbers.applyAsLong(seen + exampleOfBatch);
  }

  private boolean wantedByAny(long example) {
    return looks.all().stream().anyMatch(look -> look.wants(example));
  }

  private void rescore(List<ExampleRows> rows, long[] examples) {
    for (int i = 0; i < scores.layers(); i++) {
      control.checkCancelled(Stage.RESCORE);
      ScoreMatrix exact = scores.pairwise(i, rows);
      for (int f = 0; f < looks.factors(); f++) {
        for (int e = 0; e < examples.length; e++) {
          if (looks.get(f).wants(examples[e])) {
            looks.get(f).addExact(examples[e], scores.name(i), exact.get(f, e));
          }
        }
      }
    }
  }

  private void rowScores(List<ExampleRows> rows, long[] examples) {
    int[] offsets = rows.get(0).offsets();
    for (int i = 0; i < scores.layers(); i++) {
      control.checkCancelled(Stage.RESCORE);
      ScoreMatrix byRow = scores.rows(i, rows);
      for (int f = 0; f < looks.factors(); f++) {
        for (int e = 0; e < examples.length; e++) {
          if (looks.get(f).wants(examples[e])) {
            looks.get(f).addRows(examples[e], byRow.slice(f, offsets[e], offsets[e + 1]));
          }
        }
      }
    }
  }

  @Override
  public void close() {
    reader.close();
    sharedOffsets.close();
  }
}
