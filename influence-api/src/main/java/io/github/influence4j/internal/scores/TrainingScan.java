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
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.TrainingGroups;
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
  /** Whose scores are held at a time, so that several devices have something to do. */
  private static final int LAYERS_AT_ONCE = 16;

  private final ScoringPass pass;
  private final ScoreOptions options;
  private final RunControl control;
  private final LayerScores scores;
  private final QueryGrid<QueryResult> results;
  private final BatchReader reader;
  private final SharedOffsets sharedOffsets;
  private final int number;

  /** Null where the host keeps the scores. */
  private @Nullable TopScores top;

  private long seen;

  /**
   * A scan.
   *
   * @param results of the queries
   * @param number of the pass over the training data, from 0
   */
  TrainingScan(PreparedQueries queries, QueryGrid<QueryResult> results, int number) {
    this.pass = queries.pass();
    this.options = pass.options();
    this.control = pass.control();
    this.scores = new LayerScores(queries);
    this.results = results;
    this.number = number;
    this.reader = pass.reader();
    this.sharedOffsets = pass.sharedOffsets();
    // The parts of layers would have to come to the host at once.
    boolean totalsOnly = offers() && !options.perLayer() && queries.unscaled();
    this.top =
        totalsOnly
            ? pass.backend().topScores(results.factors(), options.topK()).orElse(null)
            : null;
  }

  /** Whether totals are final and only the strongest are kept. */
  private boolean offers() {
    return options.topK() > 0 && pass.complete();
  }

  long seen() {
    return seen;
  }

  @Override
  public void accept(GradientBatch batch) {
    control.checkCancelled(Stage.SCORE);
    List<ExampleRows> rows = reader.read(batch);
    StageEvent event = StageEvent.begin(Stage.SCORE, number, batch.examples());
    TopScores kept = top;
    if (kept != null && scaled(rows)) {
      // The backend adds scores as they are.
      finish();
      closeTop();
      kept = null;
    }
    if (kept == null) {
      score(batch, rows);
    } else {
      scoreOnBackend(kept, rows);
    }
    event.commit();
    seen = Math.addExact(seen, batch.examples());
    control.report(Stage.SCORE, number, seen);
  }

  private boolean scaled(List<ExampleRows> rows) {
    return rows.stream()
        .anyMatch(part -> ScaledExamples.each(pass.backend(), part).exponents() != null);
  }

  private void scoreOnBackend(TopScores kept, List<ExampleRows> rows) {
    for (int i = 0; i < scores.layers(); i++) {
      control.checkCancelled(Stage.SCORE);
      scores.pairwise(i, rows, kept);
    }
    kept.offer(seen);
  }

  private void score(GradientBatch batch, List<ExampleRows> rows) {
    boolean rowScores = options.perRow() && options.topK() == 0;
    int[] offsets = rowScores ? sharedOffsets.of(batch, rows) : new int[0];
    ScoreMatrix totals = null;
    List<ScoreMatrix> parts = new ArrayList<>();
    for (int first = 0; first < scores.layers(); first += LAYERS_AT_ONCE) {
      List<ScoreMatrix> some = pairwise(first, rows);
      for (int i = 0; i < some.size(); i++) {
        ScoreMatrix own = some.get(i);
        if (offers() && options.perLayer()) {
          parts.add(own.copy());
        }
        if (!offers()) {
          keep(scores.name(first + i), own);
        } else if (totals == null) {
          totals = own;
        } else {
          totals.add(own.values());
        }
        if (rowScores) {
          keepRows(scores.rows(first + i, rows), offsets);
        }
      }
    }
    if (totals != null) {
      offer(totals, parts);
    }
  }

  /** Of some layers, in order. */
  private List<ScoreMatrix> pairwise(int first, List<ExampleRows> rows) {
    int count = Math.min(LAYERS_AT_ONCE, scores.layers() - first);
    ScoreMatrix[] some = new ScoreMatrix[count];
    List<Runnable> operations = new ArrayList<>();
    for (int l = 0; l < count; l++) {
      int layer = l;
      Runnable operation = () -> some[layer] = scores.pairwise(first + layer, rows);
      operations.add(control.unlessCancelled(Stage.SCORE, operation));
    }
    pass.backend().together(operations);
    return List.of(some);
  }

  /** Brings what the backend kept to the results; after the last batch. */
  void finish() {
    TopScores kept = top;
    for (int f = 0; kept != null && f < results.factors(); f++) {
      QueryResult result = results.get(f);
      kept.kept(f).forEach(entry -> result.offer(entry.example(), entry.score(), Map::of));
    }
  }

  @Override
  public void close() {
    reader.close();
    sharedOffsets.close();
    closeTop();
  }

  private void closeTop() {
    if (top != null) {
      top.close();
      top = null;
    }
  }

  private void offer(ScoreMatrix totals, List<ScoreMatrix> parts) {
    for (int f = 0; f < results.factors(); f++) {
      for (int e = 0; e < totals.columns(); e++) {
        int factor = f;
        int example = e;
        results.get(f).offer(seen + e, totals.get(f, e), () -> named(parts, factor, example));
      }
    }
  }

  private Map<String, Double> named(List<ScoreMatrix> parts, int factor, int example) {
    Map<String, Double> named = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      named.put(scores.name(i), parts.get(i).get(factor, example));
    }
    return named;
  }

  private void keep(String layer, ScoreMatrix own) {
    TrainingGroups groups = options.groups();
    for (int f = 0; f < results.factors(); f++) {
      for (int e = 0; e < own.columns(); e++) {
        long target = groups == null ? seen + e : group(groups, seen + e);
        if (target >= 0) {
          results.get(f).add(layer, target, own.get(f, e));
        }
      }
    }
  }

  private void keepRows(ScoreMatrix byRow, int[] offsets) {
    for (int f = 0; f < results.factors(); f++) {
      for (int e = 0; e + 1 < offsets.length; e++) {
        results.get(f).addRows(seen + e, byRow.slice(f, offsets[e], offsets[e + 1]));
      }
    }
  }

  private static int group(TrainingGroups groups, long example) {
    int group = groups.groupOf().applyAsInt(example);
    if (group < -1 || group >= groups.count()) {
      throw new IllegalArgumentException(
          "Training example "
              + example
              + " was put in group "
              + group
              + " of "
              + groups.count()
              + "; use 0 to "
              + (groups.count() - 1)
              + ", or -1 to leave it out.");
    }
    return group;
  }
}
