/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** P17, duplicates; selection; and examples without gradients. */
@Tag("examples")
abstract class ExampleProperties extends InfluenceProperties {
  ExampleProperties(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p17DuplicatesHaveTheSameScores(Precision precision, CurvatureStrategy strategy) {
    int[] numbers = {0, 1, 2, 0, 3, 4, 1, 0};
    TestModel train = TestModel.random(SeededRandom.at("p17"), 5, 12, WIDE).select(numbers);
    TestModel queries = TestModel.random(SeededRandom.at("p17 queries"), 3, 5, WIDE);
    try (Influence influence = open(precision, strategy, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions options = ScoreOptions.pairwise();
      // Batches of 3 put the copies side by side with others and at other places.
      InfluenceScores scores = influence.score(curvature, all(queries), train.source(3), options);
      double[] self =
          influence
              .selfInfluence(curvature, train.source(3), SelfInfluenceOptions.defaults())
              .scores();
      for (int[] pair : new int[][] {{0, 3}, {0, 7}, {1, 6}}) {
        assertThat(self[pair[0]]).isEqualTo(self[pair[1]]);
        for (int q = 0; q < 3; q++) {
          assertThat(scores.score(q, pair[0])).isEqualTo(scores.score(q, pair[1]));
        }
      }
    }
  }

  /** topK keeps what sorting all scores gives. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void topKAgreesWithAllScores(Precision precision) {
    TestModel train = small("top", 40);
    TestModel queries = small("top queries", 3);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores all =
          influence.score(curvature, all(queries), all(train), ScoreOptions.pairwise());
      InfluenceScores top =
          influence.score(curvature, all(queries), train.source(7), ScoreOptions.topK(6));
      Comparator<Hit> byScore = Comparator.comparingDouble(Hit::score);
      for (int q = 0; q < 3; q++) {
        double[] scores = all.scores(q);
        List<Hit> hits =
            IntStream.range(0, 40).mapToObj(e -> new Hit(e, scores[e])).sorted(byScore).toList();
        List<Hit> highest =
            hits.stream().sorted(byScore.reversed()).filter(h -> h.score() > 0).limit(6).toList();
        List<Hit> lowest = hits.stream().filter(h -> h.score() < 0).limit(6).toList();
        assertThat(top.proponents(q)).isEqualTo(highest);
        assertThat(top.opponents(q)).isEqualTo(lowest);
      }
    }
  }

  /** A layer whose gradients were all 0 has no influence, rather than an infinite one. */
  @ParameterizedTest
  @MethodSource("curvedStrategies")
  void aLayerWithoutGradientsHasNoInfluence(Precision precision, CurvatureStrategy strategy) {
    TestModel queries = small("zero queries", 2);
    TestModel nothing = small("zero", 6).scaled(0);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(nothing));
      double[][] scores =
          influence
              .score(curvature, all(queries), all(queries), ScoreOptions.pairwise())
              .toMatrix();
      assertThat(matrix(scores).values()).containsOnly(0);
    }
  }
}
