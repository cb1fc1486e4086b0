/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run keeps: the highest and lowest scores, and queries of low rank. */
final class TopScoresTest extends Scoring {
  @Test
  void topKIsTheSortedDenseScores() {
    InfluenceScores dense = score(PAIRS);
    for (int k : new int[] {1, 2, 6, TRAIN, 1000}) {
      InfluenceScores top = score(ScoreOptions.topK(k));
      assertThat(top.trainingPasses()).isEqualTo(1);
      for (int q = 0; q < QUERIES; q++) {
        assertThat(top.proponents(q)).isEqualTo(sorted(dense.scores(q), 1, k));
        assertThat(top.opponents(q)).isEqualTo(sorted(dense.scores(q), -1, k));
      }
    }
    for (int q = 0; q < QUERIES; q++) {
      assertThat(dense.proponents(q)).isEqualTo(sorted(dense.scores(q), 1, TRAIN));
      assertThat(dense.opponents(q)).isEqualTo(sorted(dense.scores(q), -1, TRAIN));
    }
  }

  @Test
  void topKKeepsNoPairs() {
    InfluenceScores top = score(ScoreOptions.topK(3).withPerLayer(true));
    for (Runnable access :
        List.<Runnable>of(
            () -> top.scores(0),
            () -> top.score(0, 0),
            top::toMatrix,
            () -> top.layerScores("one", 0))) {
      assertThatIllegalStateException()
          .isThrownBy(access::run)
          .withMessageContaining("These scores were not kept; ask for them with ScoreOptions");
    }
    assertThatThrownBy(() -> top.proponents(QUERIES))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("Query 5 of 5");
  }

  @Test
  void truncatedTopKIsScoredAgainExactly() {
    InfluenceScores dense = score(PAIRS.withPerLayer(true));
    ScoreOptions options = ScoreOptions.topK(4).withLowRank(LowRank.randomized(1));
    InfluenceScores top = score(options.withPerLayer(true));
    InfluenceScores truncated = score(PAIRS.withLowRank(LowRank.randomized(1)));
    assertThat(top.trainingPasses()).isEqualTo(2);
    for (int q = 0; q < QUERIES; q++) {
      assertThat(top.residual("one", q))
          .isBetween(1e-6, 1.0)
          .isEqualTo(truncated.residual("one", q));
      assertThat(top.rankAgreement(q)).isPresent();
      assertThat(top.rankAgreement(q).getAsDouble()).isBetween(-1.0, 1.0);
      assertThat(truncated.rankAgreement(q)).isEmpty();
      assertThat(truncated.scores(q)).isNotEqualTo(dense.scores(q));
      List<Hit> hits =
          Stream.concat(top.proponents(q).stream(), top.opponents(q).stream()).toList();
      for (Hit hit : hits) {
        int example = (int) hit.example();
        assertThat(hit.score()).isCloseTo(dense.score(q, example), within(1e-9));
        double part = dense.layerScores("two", q)[example];
        assertThat(top.layerScore("two", q, hit)).isCloseTo(part, within(1e-9));
      }
    }
  }

  @Test
  void fullRankIsExact() {
    InfluenceScores dense = score(PAIRS);
    InfluenceScores full = score(PAIRS.withLowRank(LowRank.full(3)));
    for (int q = 0; q < QUERIES; q++) {
      assertThat(full.residual("two", q)).isZero();
      // Layer "one" has rank 4; its residual bounds what rank 3 leaves out.
      assertThat(full.residual("one", q)).isBetween(1e-9, 0.7);
    }
    InfluenceScores four = score(PAIRS.withLowRank(LowRank.full(4)));
    assertThat(four.toMatrix()).isDeepEqualTo(dense.toMatrix());
  }

  /** Rank 1, then 2, then exact: factors of rank 3 would be larger than the largest gradient. */
  @ParameterizedTest
  @ValueSource(doubles = {0.95, 0.7, 0.5, 0.3, 0.1, 1e-3})
  void theRankOfEachLayerRisesUntilTheResidualIsKept(double limit) {
    ScoreOptions options =
        PAIRS.withPerLayer(true).withDampings(Damping.HEURISTIC, Damping.absolute(0.5));
    List<InfluenceScores> fixed = new ArrayList<>();
    for (int rank = 1; rank <= 2; rank++) {
      fixed.add(score(options.withLowRank(LowRank.randomized(rank))));
    }
    fixed.add(score(options));
    LowRank adaptive = LowRank.randomized(1).withMaxResidual(limit);
    InfluenceScores actual = score(options.withLowRank(adaptive));
    for (LayerSpec layer : LAYERS) {
      InfluenceScores expected = fixed.get(0);
      if (largestResidual(expected, layer.name()) > limit) {
        boolean rankTwoSaves = layer.outputs() == 4;
        expected = fixed.get(rankTwoSaves ? 1 : 2);
      }
      if (largestResidual(expected, layer.name()) > limit) {
        expected = fixed.get(2);
      }
      for (Damping damping : options.dampings()) {
        for (int q = 0; q < QUERIES; q++) {
          InfluenceScores one = actual.forDamping(damping);
          assertThat(one.residual(layer.name(), q)).isLessThanOrEqualTo(limit);
          assertThat(one.layerScores(layer.name(), q))
              .isEqualTo(expected.forDamping(damping).layerScores(layer.name(), q));
        }
      }
    }
    long oneQuery = loadedBytes(2) + 2 * QUERY_BYTES;
    for (long memory : new long[] {oneQuery, largestAlone(2)}) {
      InfluenceScores cut = score(options.withLowRank(adaptive), memory);
      assertThat(cut.trainingPasses()).isGreaterThan(1);
      assertThat(cut.toMatrix()).isDeepEqualTo(actual.toMatrix());
    }
  }

  private static double largestResidual(InfluenceScores scores, String layer) {
    double largest = 0;
    for (Damping damping : scores.dampings()) {
      for (int q = 0; q < QUERIES; q++) {
        largest = Math.max(largest, scores.forDamping(damping).residual(layer, q));
      }
    }
    return largest;
  }

  @Test
  void adaptiveRanksCostReplaysOfTheQueriesOnly() {
    Captures countedQueries = queries.inBatchesOf(2);
    Captures counted = train.inBatchesOf(4);
    LowRank never = LowRank.randomized(1).withMaxResidual(1e-9);
    try (Influence influence = builder().build()) {
      InfluenceScores scores =
          influence.score(curvature, countedQueries, counted, PAIRS.withLowRank(never));
      assertThat(scores.toMatrix()).isDeepEqualTo(score(PAIRS).toMatrix());
      assertThat(scores.explain()).contains("one [4 x 6]: dense query");
    }
    // Rank 1, rank 2 (layer "one" only), scores.
    assertThat(countedQueries.replays()).isEqualTo(3);
    assertThat(counted.replays()).isEqualTo(1);
  }
}
