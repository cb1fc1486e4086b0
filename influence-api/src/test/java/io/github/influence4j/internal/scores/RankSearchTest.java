/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.fit.PlannedFit;
import io.github.influence4j.internal.planning.FitPlan;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.reference.ReferenceBackend;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which ranks are found, against the residuals of runs whose rank is given. */
class RankSearchTest {
  /** Up to 11 truncation saves memory, then up to 4, then never. */
  private static final List<LayerSpec> LAYERS =
      List.of(
          LayerSpec.linear("large", 20, 30).withoutBias(),
          LayerSpec.linear("small", 9, 8),
          LayerSpec.linear("column", 5, 1));

  private static final List<Integer> RANKS = List.of(1, 2, 4, 8);
  private static final Map<String, Integer> LAST = Map.of("large", 8, "small", 4, "column", 0);
  private static final int QUERIES = 4;

  private final TestModel train = TestModel.random(SeededRandom.at("train"), 9, 6, LAYERS);
  private final TestModel queries =
      TestModel.random(SeededRandom.at("queries"), QUERIES, 12, LAYERS);
  private final ScoreOptions options =
      ScoreOptions.pairwise().withDampings(Damping.HEURISTIC, Damping.absolute(0.5));
  private final ReferenceBackend backend = new ReferenceBackend();
  private final FittedCurvature curvature =
      new PlannedFit(
              backend,
              new FitPlan(backend, LAYERS, CurvatureStrategy.EKFAC, Long.MAX_VALUE),
              RunControl.NONE)
          .fit(train.source(4));

  private int replays;

  private Map<String, Integer> search(LowRank lowRank) {
    return search(lowRank, queries.source(3), Long.MAX_VALUE);
  }

  private Map<String, Integer> search(LowRank lowRank, GradientSource asked, long maxMemory) {
    replays = 0;
    GradientSource counted =
        sink -> {
          replays++;
          asked.replay(sink);
        };
    try (KeptCurvature kept = new KeptCurvature(backend)) {
      LoadedCurvature loaded = kept.take(curvature);
      ScoringSetup setup = new ScoringSetup(backend, loaded, maxMemory, RunControl.NONE);
      QueryPreparation preparation =
          new QueryPreparation(setup, counted, options.withLowRank(lowRank));
      Map<String, Integer> ranks = new RankSearch(preparation, lowRank).ranks(setup.costs());
      kept.giveBack(loaded);
      return ranks;
    }
  }

  /** The largest of each layer at each rank. */
  private Map<String, List<Double>> residuals(LowRank.Method method) {
    Map<String, List<Double>> residuals = new HashMap<>();
    for (int rank : RANKS) {
      InfluenceScores scores = score(options.withLowRank(new LowRank(rank, method, 0, 1)));
      for (LayerSpec layer : LAYERS) {
        double largest = 0;
        for (Damping damping : options.dampings()) {
          for (int q = 0; q < QUERIES; q++) {
            largest = Math.max(largest, scores.forDamping(damping).residual(layer.name(), q));
          }
        }
        residuals.computeIfAbsent(layer.name(), name -> new ArrayList<>()).add(largest);
      }
    }
    return residuals;
  }

  private InfluenceScores score(ScoreOptions all) {
    try (KeptCurvature kept = new KeptCurvature(backend)) {
      return new BackendInfluenceScorer(backend, curvature, Long.MAX_VALUE, RunControl.NONE, kept)
          .score(queries.source(3), train.source(4), all);
    }
  }

  /** With every residual, which is allowed, and the number below it, which is not. */
  private static double[] limits(Map<String, List<Double>> residuals) {
    List<Double> limits = new ArrayList<>(List.of(1e-9, 0.1, 0.3, 0.6, 0.9));
    residuals.values().forEach(limits::addAll);
    residuals.values().forEach(some -> some.forEach(each -> limits.add(Math.nextDown(each))));
    return limits.stream()
        .filter(limit -> limit > 0 && limit < 1)
        .mapToDouble(Double::doubleValue)
        .sorted()
        .toArray();
  }

  @ParameterizedTest
  @EnumSource(LowRank.Method.class)
  void theLeastRankThatKeepsTheLimitIsFound(LowRank.Method method) {
    Map<String, List<Double>> residuals = residuals(method);
    for (double limit : limits(residuals)) {
      Map<String, Integer> expected = new HashMap<>();
      int rounds = 1;
      for (String layer : LAST.keySet()) {
        for (int i = 0; i < RANKS.size() && RANKS.get(i) <= LAST.get(layer); i++) {
          rounds = Math.max(rounds, i + 1);
          if (residuals.get(layer).get(i) <= limit) {
            expected.put(layer, RANKS.get(i));
            break;
          }
        }
      }
      assertThat(search(new LowRank(1, method, 0, limit))).as("%s", limit).isEqualTo(expected);
      assertThat(replays).as("one for every rank tried").isEqualTo(rounds);
    }
  }

  @ParameterizedTest
  @EnumSource(LowRank.Method.class)
  void aStricterLimitLowersNoRank(LowRank.Method method) {
    Map<String, Integer> stricter = new HashMap<>();
    for (double limit : limits(residuals(method))) {
      Map<String, Integer> ranks = search(new LowRank(1, method, 0, limit));
      for (LayerSpec layer : LAYERS) {
        int before = stricter.getOrDefault(layer.name(), Integer.MAX_VALUE);
        assertThat(ranks.getOrDefault(layer.name(), Integer.MAX_VALUE)).isLessThanOrEqualTo(before);
      }
      stricter = ranks;
    }
  }

  /** Those that decide are in the last pass. */
  @Test
  void memoryForSomeQueriesOrLayersAtATimeFindsTheSame() {
    int dampings = options.dampings().size();
    ToLongFunction<LayerCost> loaded = layer -> layer.loadedBytes(dampings, Double.BYTES);
    ToLongFunction<LayerCost> query = layer -> dampings * layer.queryBytes(0, Double.BYTES);
    ToLongFunction<LayerCost> both = l -> loaded.applyAsLong(l) + 2 * query.applyAsLong(l);
    ScoringSetup setup;
    try (KeptCurvature kept = new KeptCurvature(backend)) {
      setup = new ScoringSetup(backend, kept.take(curvature), Long.MAX_VALUE, RunControl.NONE);
    }
    List<LayerCost> costs = setup.costs();
    long work = costs.stream().mapToLong(layer -> work(setup, layer)).max().orElse(0);
    long oneLayer = work + costs.stream().mapToLong(both).max().orElse(0);
    long oneQuery = work + costs.stream().mapToLong(both).sum();
    TestModel silent = TestModel.random(SeededRandom.at("silent"), 100, 1, LAYERS).scaled(0);
    GradientSource late =
        sink -> {
          silent.source(3).replay(sink);
          queries.source(3).replay(sink);
        };
    for (double limit : new double[] {0.6, 0.3, 0.1, 1e-9}) {
      LowRank lowRank = LowRank.full(1).withMaxResidual(limit);
      Map<String, Integer> expected = search(lowRank);
      int few = replays;
      for (long memory : new long[] {oneLayer, oneQuery}) {
        assertThat(search(lowRank, late, memory)).isEqualTo(expected);
        assertThat(replays).isGreaterThan(few);
      }
    }
  }

  /** At any rank tried. */
  private static long work(ScoringSetup setup, LayerCost layer) {
    return RANKS.stream()
        .mapToLong(rank -> work(setup, layer, Map.of(layer.layer(), rank), LowRank.full(rank)))
        .reduce(work(setup, layer, Map.of(), null), Math::max);
  }

  private static long work(
      ScoringSetup setup,
      LayerCost layer,
      Map<String, Integer> ranks,
      @Nullable LowRank truncation) {
    return setup.memory().workBytes(List.of(layer), ranks, truncation);
  }

  /** Even where it saves nothing; what it does not truncate stays exact. */
  @Test
  void withoutALimitTheRankIsKeptAndNothingReplayed() {
    Map<Integer, Map<String, Integer>> expected =
        Map.of(
            1, Map.of("large", 1, "small", 1),
            7, Map.of("large", 7, "small", 7),
            8, Map.of("large", 8),
            20, Map.of());
    expected.forEach(
        (rank, ranks) -> {
          assertThat(search(LowRank.full(rank))).isEqualTo(ranks);
          assertThat(replays).isZero();
        });
  }

  @Test
  void whatNoRankTruncatesIsNotReplayed() {
    assertThat(search(LowRank.full(20).withMaxResidual(0.1))).isEmpty();
    assertThat(replays).isZero();
  }

  @Test
  void queriesWithoutGradientNeedNoHigherRank() {
    LowRank strict = LowRank.full(2).withMaxResidual(1e-9);
    assertThat(search(strict, queries.scaled(0).source(3), Long.MAX_VALUE))
        .isEqualTo(Map.of("large", 2, "small", 2));
    assertThat(replays).isEqualTo(1);
  }

  /** Of every query, in whichever batch or pass. */
  @Test
  void oneQueryIsEnoughToRaiseARank() {
    LowRank strict = LowRank.full(1).withMaxResidual(1e-9);
    for (int q = 0; q < QUERIES; q++) {
      Map<String, Integer> alone = search(strict, queries.select(q).source(3), Long.MAX_VALUE);
      Map<String, Integer> together = search(strict);
      for (LayerSpec layer : LAYERS) {
        int atLeast = alone.getOrDefault(layer.name(), Integer.MAX_VALUE);
        assertThat(together.getOrDefault(layer.name(), Integer.MAX_VALUE))
            .isGreaterThanOrEqualTo(atLeast);
      }
    }
  }
}
