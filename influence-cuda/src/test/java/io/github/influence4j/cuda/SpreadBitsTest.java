/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A model of several layers gives the same bits on one, two and three devices, all of them used.
 */
@ExtendWith(Leaks.class)
final class SpreadBitsTest {
  private static final List<LayerSpec> LAYERS =
      List.of(
          LayerSpec.linear("query", 7, 9),
          LayerSpec.linear("key", 7, 5).sharingInputOf("query"),
          LayerSpec.linear("value", 7, 11).sharingInputOf("query"),
          LayerSpec.linear("up", 9, 20).withoutBias(),
          LayerSpec.linear("down", 20, 6),
          LayerSpec.linear("head", 6, 1));

  /** Kept, for loggers are collected as garbage. */
  private static final Logger LOGGER = Logger.getLogger(Influence.class.getName());

  private static final Damping[] DAMPINGS = {Damping.HEURISTIC, Damping.absolute(1)};

  @BeforeEach
  void skipOnAGpu() {
    LOGGER.setLevel(Level.WARNING);
    assumeFalse(StandIns.real(), "the stand-ins have three devices");
    Scenario.assumeAvailable();
  }

  private static TestModel model(String place, int examples) {
    Random random = SeededRandom.at(place);
    TestModel model = TestModel.random(random, examples, 6, LAYERS);
    List<TestExamples> data = new ArrayList<>(model.data());
    for (int i = 1; i < 3; i++) { // that share an input
      TestExamples own = data.get(i);
      data.set(i, new TestExamples(data.get(0).activations(), own.gradients(), own.offsets()));
    }
    return new TestModel(LAYERS, data);
  }

  private static List<double[]> everything(
      Precision precision, CurvatureStrategy strategy, int... devices) {
    TestModel train = model("spread train", 17);
    TestModel queries = model("spread queries", 3);
    List<double[]> numbers = new ArrayList<>();
    try (Influence influence =
        Influence.builder()
            .layers(LAYERS)
            .strategy(strategy)
            .precision(precision)
            .devices(devices)
            .build()) {
      FittedCurvature curvature = influence.fit(train.source(5));
      LAYERS.forEach(
          layer ->
              curvature.factors(layer.name()).parts().forEach(part -> addFactors(part, numbers)));
      for (ScoreOptions options : options(strategy)) {
        InfluenceScores scores =
            influence.score(curvature, queries.source(2), train.source(4), options);
        for (Damping damping : DAMPINGS) {
          addScores(scores.forDamping(damping), numbers);
        }
      }
      SelfInfluenceOptions self = SelfInfluenceOptions.defaults().withPerLayer(true);
      numbers.add(influence.selfInfluence(curvature, train.source(6), self).scores());
    }
    return numbers;
  }

  private static void addFactors(PartFactors part, List<double[]> numbers) {
    for (FactorBlock block :
        Stream.concat(part.activations().stream(), part.gradients().stream()).toList()) {
      numbers.add(block.covariance().toDoubles());
      numbers.add(block.eigenvalues().toDoubles());
      numbers.add(block.eigenvectors().toDoubles());
    }
    if (part.squares() != null) {
      numbers.add(part.squares().toDoubles());
    }
  }

  private static List<ScoreOptions> options(CurvatureStrategy strategy) {
    ScoreOptions pairs = ScoreOptions.pairwise().withDampings(DAMPINGS);
    List<ScoreOptions> all = new ArrayList<>();
    all.add(pairs.withPerRow(true));
    all.add(pairs.withAggregatedQueries(true));
    all.add(ScoreOptions.topK(4).withDampings(DAMPINGS));
    if (strategy.equals(CurvatureStrategy.EKFAC)) {
      all.add(pairs.withLowRank(LowRank.randomized(2)));
      all.add(ScoreOptions.topK(4).withDampings(DAMPINGS).withLowRank(LowRank.full(3)));
    }
    return all;
  }

  private static void addScores(InfluenceScores scores, List<double[]> numbers) {
    if (scores.options().topK() == 0) {
      numbers.addAll(List.of(scores.toMatrix()));
    }
    for (int q = 0; q < scores.queries(); q++) {
      if (scores.options().topK() > 0) {
        for (Hit hit : scores.proponents(q)) {
          numbers.add(new double[] {hit.example(), hit.score()});
        }
      }
      for (int e = 0; scores.options().perRow() && e < scores.examples(); e++) {
        numbers.add(scores.rowScores(q, e));
      }
    }
  }

  private static Stream<CurvatureStrategy> strategies() {
    return Stream.of(
        CurvatureStrategy.EKFAC,
        CurvatureStrategy.blockDiagonalEkfac(2),
        CurvatureStrategy.DIAGONAL,
        CurvatureStrategy.IDENTITY);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void severalDevicesGiveTheBitsOfOne(Precision precision) {
    strategies().forEach(strategy -> severalDevicesGiveTheBitsOfOne(precision, strategy));
  }

  private static void severalDevicesGiveTheBitsOfOne(
      Precision precision, CurvatureStrategy strategy) {
    List<double[]> expected = everything(precision, strategy, 0);
    for (int[] devices : new int[][] {{1, 2}, {2, 0, 1}}) {
      StandIns.usedDevices();
      List<double[]> actual = everything(precision, strategy, devices);
      String what = precision + " " + strategy + " on " + Arrays.toString(devices);
      long used = Arrays.stream(devices).mapToLong(device -> 1L << device).sum();
      assertThat(StandIns.usedDevices()).as(what).isEqualTo(used);
      assertThat(actual).as(what).hasSameSizeAs(expected);
      for (int i = 0; i < expected.size(); i++) {
        assertSameBits(what + ", result " + i, actual.get(i), expected.get(i));
      }
    }
  }
}
