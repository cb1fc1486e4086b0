/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.TrainingGroups;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How a run is cut into passes and batches, which changes no bit, and how it explains that. */
final class ScoringPassesTest extends Scoring {
  static Stream<ScoreOptions> options() {
    Damping[] two = {Damping.HEURISTIC, Damping.absolute(0.2)};
    TrainingGroups groups = new TrainingGroups(4, e -> (int) (e % 4));
    return Stream.of(
        PAIRS,
        PAIRS.withDampings(two).withPerLayer(true),
        PAIRS.withPerRow(true),
        PAIRS.withPerQueryRow(true),
        PAIRS.withGroups(groups).withPerLayer(true),
        PAIRS.withAggregatedQueries(true),
        PAIRS.withLowRank(LowRank.randomized(1)),
        ScoreOptions.topK(3).withPerLayer(true),
        ScoreOptions.topK(3).withPerRow(true).withPerLayer(true),
        ScoreOptions.topK(3).withPerQueryRow(true).withDampings(two),
        ScoreOptions.topK(3).withLowRank(LowRank.randomized(1)).withPerLayer(true));
  }

  @ParameterizedTest
  @MethodSource("options")
  void passesOverQueriesAndLayersChangeNoBit(ScoreOptions options) {
    String expected = everything(score(options), options);
    // Enough for two queries, for one, and for the largest layer alone.
    int dampings = options.dampings().size();
    long one = loadedBytes(dampings) + QUERY_BYTES * dampings;
    long two = one + QUERY_BYTES * dampings;
    for (long memory : new long[] {two, one, largestAlone(dampings)}) {
      assertThat(everything(score(options, memory), options)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("options")
  void batchesChangeNoBit(ScoreOptions options) {
    String expected = everything(score(options), options);
    try (Influence influence = builder().build()) {
      for (int size : new int[] {1, 5, TRAIN}) {
        FittedCurvature fitted = influence.fit(train.inBatchesOf(size));
        InfluenceScores scores =
            influence.score(fitted, queries.inBatchesOf(size), train.inBatchesOf(size), options);
        assertThat(everything(scores, options)).isEqualTo(expected);
      }
    }
  }

  /** All that can be asked for, as text that tells any two doubles apart. */
  private static String everything(InfluenceScores all, ScoreOptions options) {
    StringBuilder text = new StringBuilder();
    for (Damping damping : all.dampings()) {
      InfluenceScores scores = all.forDamping(damping);
      for (int q = 0; q < scores.queries(); q++) {
        List<Hit> hits = new ArrayList<>(scores.proponents(q));
        hits.addAll(scores.opponents(q));
        text.append(hits).append('\n');
        for (Hit hit : hits) {
          for (LayerSpec layer : options.perLayer() ? LAYERS : List.<LayerSpec>of()) {
            text.append(scores.layerScore(layer.name(), q, hit)).append(' ');
          }
          if (options.perRow() || options.perQueryRow()) {
            text.append(Arrays.toString(scores.rowScores(q, hit.example())));
          }
        }
        text.append(options.topK() == 0 ? Arrays.toString(scores.scores(q)) : "");
      }
    }
    return text.toString();
  }

  @Test
  void queriesThatDoNotFitTakeTheFewestPasses() {
    for (int fit = 1; fit <= QUERIES; fit++) {
      Captures counted = train.inBatchesOf(10);
      try (Influence influence = builder().maxMemory(loadedBytes(1) + fit * QUERY_BYTES).build()) {
        InfluenceScores scores = influence.score(curvature, queries, counted, PAIRS);
        int passes = (QUERIES + fit - 1) / fit;
        assertThat(counted.replays()).isEqualTo(passes).isEqualTo(scores.trainingPasses());
        assertThat(scores.explain())
            .contains("5 queries x 1 damping(s), dense")
            .contains(fit + " at a time, " + passes + " pass(es) over the training data");
      }
    }
  }

  @Test
  void layersThatDoNotFitTakeSeveralPassesAQuery() {
    Captures counted = train.inBatchesOf(10);
    // Enough for "one"; "two" and "three" fit together.
    try (Influence influence = builder().maxMemory(largestAlone(1)).build()) {
      InfluenceScores scores = influence.score(curvature, queries, counted, PAIRS);
      assertThat(counted.replays()).isEqualTo(2 * QUERIES).isEqualTo(scores.trainingPasses());
    }
  }

  @Test
  void explanationNamesFormsAndBreakEvens() {
    String text = score(PAIRS.withLowRank(LowRank.randomized(1))).explain();
    assertThat(text)
        .contains("5 queries x 1 damping(s), rank 1")
        .contains("one [4 x 6]: rank 1 query, rotate rows below 5 rows an example, score ")
        .containsPattern("row by row below \\d+ rows an example, else by gradient");
    assertThat(score(PAIRS.withAggregatedQueries(true)).explain()).contains("always row by row");
  }
}
