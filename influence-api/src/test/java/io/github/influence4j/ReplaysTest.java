/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.retrieval.RetrievalFunnel;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every pass of a fit and of scoring is over the same examples in the same order. */
final class ReplaysTest extends Replays {
  @Test
  void otherDataInTheSecondPassOfAFit() {
    List<Data> one = data(0, LAYERS);
    try (Influence influence = influence(LAYERS)) {
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, data(100, LAYERS)))),
          "The source gave another example 0 in pass 1 than in pass 0: the activations of layer"
              + " \"first\" are not the same",
          "do not shuffle");
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, reversed(one)))),
          "another example 0 in pass 1");
      influence.fit(passes(LAYERS, List.of(one, one)));
    }
  }

  @Test
  void oneExampleOneLayerOneSide() {
    List<Data> one = data(0, LAYERS);
    String[] sides = {"the activations", "the output gradients"};
    try (Influence influence = influence(LAYERS)) {
      for (int layer = 0; layer < 2; layer++) {
        for (int side = 0; side < 2; side++) {
          List<Data> other = changed(one, 17, layer, side);
          refused(
              () -> influence.fit(passes(LAYERS, List.of(one, other))),
              "another example 17 in pass 1",
              sides[side] + " of layer \"" + LAYERS[layer].name() + "\"");
        }
      }
    }
    List<Data> many = data(0, MANY);
    try (Influence influence = influence(MANY)) {
      refused(
          () -> influence.fit(passes(MANY, List.of(many, changed(many, 3, 4, 0)))),
          "another example 3 in pass 1",
          "the activations of layers \"l3\" to \"l4\"");
    }
  }

  @Test
  void groupsOfLayersSeeTheSameData() {
    List<Data> one = data(0, LAYERS);
    try (Influence influence =
        Influence.builder().layers(LAYERS).backend("reference").maxMemory(1500).build()) {
      influence.fit(passes(LAYERS, List.of(one)));
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, one, data(50, LAYERS)))),
          "another example 0 in pass 2 than in pass 0");
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, one, one.subList(0, 20)))),
          "The source pushed 20 examples after 24 in the first replay");
    }
  }

  @Test
  void dropoutIsNoticed() {
    List<Data> one = data(0, LAYERS);
    GradientSource dropping =
        new GradientSource() {
          private final Random random = new Random(5);

          @Override
          public void replay(GradientSink sink) {
            List<Data> dropped = new ArrayList<>();
            for (Data example : one) {
              double[][][] rows = {example.rows()[0], example.rows()[1].clone()};
              rows[1][0] =
                  Arrays.stream(rows[1][0])
                      .map(x -> random.nextDouble() < 0.1 ? 0 : x / 0.9)
                      .toArray();
              dropped.add(new Data(rows));
            }
            push(dropped, 6, sink, LAYERS);
          }
        };
    try (Influence influence = influence(LAYERS)) {
      refused(() -> influence.fit(dropping), "in pass 1", "layer \"second\"", "switch dropout");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void laterPassesOfScoring(int kind) {
    List<Data> train = data(0, LAYERS);
    List<Data> queries = data(200, LAYERS).subList(0, 4);
    GradientSource steadyTrain = passes(LAYERS, List.of(train));
    GradientSource steadyQueries = passes(LAYERS, List.of(queries));
    ScoreOptions options =
        kind == 0
            ? ScoreOptions.topK(3).withLowRank(LowRank.full(1))
            : kind == 1
                ? ScoreOptions.topK(3).withPerRow(true)
                : ScoreOptions.topK(3).withLowRank(LowRank.full(1).withMaxResidual(0.05));
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(steadyTrain);
      influence.score(curvature, steadyQueries, steadyTrain, options);
      refused(
          () ->
              influence.score(
                  curvature,
                  steadyQueries,
                  passes(LAYERS, List.of(train, reversed(train))),
                  options),
          "The training source gave another example 0 in pass 1");
      refused(
          () ->
              influence.score(
                  curvature,
                  passes(LAYERS, List.of(queries, reversed(queries))),
                  steadyTrain,
                  options),
          "The query source gave another example 0 in pass 1");
    }
  }

  @Test
  void aggregatedQueriesAreCountedToo() {
    List<Data> train = data(0, LAYERS);
    List<Data> queries = data(200, LAYERS).subList(0, 4);
    ScoreOptions options =
        ScoreOptions.topK(3).withAggregatedQueries(true).withLowRank(LowRank.full(1));
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(train)));
      refused(
          () ->
              influence.score(
                  curvature,
                  passes(LAYERS, List.of(queries, queries.subList(0, 3))),
                  passes(LAYERS, List.of(train)),
                  options),
          "The query source pushed 3 queries after 4 in an earlier replay");
    }
  }

  @Test
  void selfInfluenceInGroupsOfLayers() {
    List<Data> train = data(0, LAYERS);
    try (Influence influence =
        Influence.builder().layers(LAYERS).backend("reference").maxMemory(1500).build()) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(train)));
      try (Influence tight =
          Influence.builder().layers(LAYERS).backend("reference").maxMemory(1000).build()) {
        refused(
            () ->
                tight.selfInfluence(
                    curvature,
                    passes(LAYERS, List.of(train, reversed(train))),
                    SelfInfluenceOptions.defaults()),
            "The training source gave another example 0 in pass 1");
      }
    }
  }

  @Test
  void theFunnelSeesTheSameExamplesInBothStages() {
    List<Data> train = data(0, LAYERS);
    GradientSource queries = passes(LAYERS, List.of(data(200, LAYERS).subList(0, 2)));
    int[] calls = {0};
    IndexedGradients moving =
        IndexedGradients.of(
            N,
            numbers -> {
              int shift = calls[0]++ == 0 ? 0 : 1;
              List<Data> some = new ArrayList<>();
              for (long number : numbers) {
                some.add(train.get((int) ((number + shift) % N)));
              }
              return passes(LAYERS, List.of(some));
            });
    CandidateFilter all = atMost -> IntStream.range(0, 20).mapToLong(i -> i).toArray();
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(train)));
      RetrievalFunnel funnel = new RetrievalFunnel(influence.scorer(curvature), moving);
      refused(
          () -> funnel.search(queries, List.of(all, all), FunnelOptions.topK(3)),
          "The training data gave another example ",
          "in pass 1 than in pass 0");
    }
  }

  @Test
  void batchesPushedByHandMayComeInAnotherOrder() {
    List<Data> one = data(0, LAYERS);
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature expected = influence.fit(passes(LAYERS, List.of(one)));
      FittedCurvature shuffled = byHand(influence, one, reversed(one));
      double[] values = shuffled.eigenvalues("first");
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isCloseTo(expected.eigenvalues("first")[i], Offset.offset(1e-9));
      }
      refused(
          () -> byHand(influence, one, changed(one, 9, 1, 0)),
          "The second pass was not over the examples of the first",
          "layer \"second\"");
      refused(() -> byHand(influence, one, data(300, LAYERS)), "not over the examples");
      refused(
          () -> byHand(influence, one, one.subList(0, 23)),
          "The second pass had 23 examples, the first 24");
    }
  }

  private static FittedCurvature byHand(Influence influence, List<Data> first, List<Data> second) {
    try (CurvatureFitter fitter = influence.fitter()) {
      push(first, 7, fitter::addCovariance, LAYERS);
      fitter.eigendecompose();
      push(second, 5, fitter::addSquares, LAYERS);
      return fitter.finish();
    }
  }

  @Test
  void scoresAreWhatTheyWereWithoutTheCheck() {
    List<Data> train = data(0, LAYERS);
    GradientSource source = passes(LAYERS, List.of(train));
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(source);
      InfluenceScores scores = influence.score(curvature, source, source, ScoreOptions.pairwise());
      assertThat(scores.examples()).isEqualTo(N);
      assertThat(scores.score(3, 3)).isPositive();
    }
  }
}
