/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a run is watched and stopped. */
final class WatchedRunsTest extends Scoring {
  @Test
  void cancelledRunsEndAndTheNextIsAsGoodAsAnyOther() {
    double[][] expected = score(PAIRS).toMatrix();
    for (Stage stage : Stage.values()) {
      AtomicBoolean cancelled = new AtomicBoolean();
      AtomicBoolean armed = new AtomicBoolean(true);
      try (Influence influence =
          builder()
              .progress((now, pass, examples) -> cancelled.set(armed.get() && now == stage))
              .cancelWhen(cancelled::get)
              .build()) {
        assertThatThrownBy(() -> everyStage(influence))
            .isInstanceOf(CancellationException.class)
            .hasMessage("Cancelled in stage " + stage + ".");
        armed.set(false);
        cancelled.set(false);
        FittedCurvature fitted = influence.fit(train);
        double[][] scores = influence.score(fitted, queries, train, PAIRS).toMatrix();
        assertThat(scores).isDeepEqualTo(expected);
      }
    }
  }

  private void everyStage(Influence influence) {
    FittedCurvature fitted = influence.fit(train);
    ScoreOptions options = ScoreOptions.topK(2).withLowRank(LowRank.randomized(1));
    influence.score(fitted, queries, train, options);
    influence.selfInfluence(fitted, train, SelfInfluenceOptions.defaults());
  }

  @Test
  void interruptionCancels() {
    try (Influence influence = builder().build()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> influence.fit(train)).isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void progressCountsExamples() {
    List<String> events = new ArrayList<>();
    try (Influence influence =
        builder()
            .progress((stage, pass, examples) -> events.add(stage + " " + pass + " " + examples))
            .maxMemory(loadedBytes(1) + 3 * QUERY_BYTES)
            .build()) {
      influence.score(
          influence.fit(train.inBatchesOf(20)),
          queries.inBatchesOf(QUERIES),
          train.inBatchesOf(TRAIN),
          PAIRS);
    }
    assertThat(events)
        .containsExactly(
            "COVARIANCE 0 20",
            "COVARIANCE 0 23",
            "EIGENDECOMPOSITION 0 6",
            "EIGENVALUES 0 20",
            "EIGENVALUES 0 23",
            "QUERIES 0 5",
            "PRECONDITION 0 3",
            "SCORE 0 23",
            "QUERIES 0 5",
            "PRECONDITION 0 2",
            "SCORE 1 23");
  }

  @Test
  void flightRecorderSeesEveryStage(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("run.jfr");
    try (Recording recording = new Recording();
        Influence influence = builder().build()) {
      recording.enable("io.github.influence4j.Stage").withoutThreshold();
      recording.start();
      everyStage(influence);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("io.github.influence4j.Stage"))
            .toList();
    assertThat(events.stream().map(event -> event.getString("stage")).distinct())
        .containsExactlyInAnyOrder(
            Arrays.stream(Stage.values()).map(Stage::name).toArray(String[]::new));
    int scored =
        events.stream()
            .filter(event -> event.getString("stage").equals("SCORE"))
            .mapToInt(event -> event.getInt("examples"))
            .sum();
    assertThat(scored).isEqualTo(TRAIN);
  }
}
