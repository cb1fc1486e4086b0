/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.statistics.RankCorrelation;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The funnel beside the full matrices of exact and of truncated scores. */
class RetrievalFunnelTest {
  private static final List<LayerSpec> LAYERS =
      List.of(LayerSpec.linear("one", 6, 5), LayerSpec.linear("two", 5, 4).withoutBias());
  private static final int TRAIN = 60;
  private static final int QUERIES = 3;
  private static final int FULL_RANK = 7;
  private static final int K = 5;

  private final Random random = SeededRandom.at("retrieval funnel");
  private final TestModel train = TestModel.random(random, TRAIN, 4, LAYERS);
  private final GradientSource queries =
      TestModel.random(random, QUERIES, 4, LAYERS).source(QUERIES);
  private final Influence influence =
      Influence.builder().layers(LAYERS).backend("reference").build();
  private final InfluenceScorer scorer = influence.scorer(influence.fit(train.source(8)));
  private final List<long[]> asked = new ArrayList<>();

  @AfterEach
  void close() {
    influence.close();
  }

  private IndexedGradients indexed(int batchSize) {
    return IndexedGradients.of(
        TRAIN,
        numbers -> {
          asked.add(numbers.clone());
          return train
              .select(Arrays.stream(numbers).mapToInt(e -> (int) e).toArray())
              .source(batchSize);
        });
  }

  private FunnelResult search(List<CandidateFilter> filters, FunnelOptions options) {
    return new RetrievalFunnel(scorer, indexed(7)).search(queries, filters, options);
  }

  private static List<CandidateFilter> all() {
    return Collections.nCopies(QUERIES, CandidateFilter.all(TRAIN));
  }

  /** Different candidates for each query, in random order. */
  private List<CandidateFilter> randomHalves() {
    List<CandidateFilter> filters = new ArrayList<>();
    for (int q = 0; q < QUERIES; q++) {
      List<Long> numbers = new ArrayList<>(LongStream.range(0, TRAIN).boxed().toList());
      Collections.shuffle(numbers, random);
      long[] half = numbers.stream().mapToLong(e -> e).limit(TRAIN / 2).toArray();
      filters.add(atMost -> half);
    }
    return filters;
  }

  private static CandidateFilter only(long... numbers) {
    return atMost -> numbers;
  }

  private static FunnelOptions options() {
    return FunnelOptions.topK(K)
        .withScan(LowRank.full(FULL_RANK))
        .withSurvivors(2 * K)
        .withControls(TRAIN, 1);
  }

  private double[][] exact() {
    return scorer.score(queries, train.source(TRAIN), ScoreOptions.pairwise()).toMatrix();
  }

  private static long[] strongest(double[] scores, LongStream of, int count) {
    return of.boxed()
        .sorted(Comparator.comparingDouble((Long e) -> -scores[(int) (long) e]))
        .limit(count)
        .mapToLong(e -> e)
        .toArray();
  }

  private static List<Hit> hits(double[] scores, long[] of) {
    return LongStream.of(strongest(scores, LongStream.of(of), K))
        .filter(e -> scores[(int) e] > 0)
        .mapToObj(e -> new Hit(e, scores[(int) e]))
        .toList();
  }

  @Test
  void withoutLossesTheHitsAreThoseOfAFullScan() {
    FunnelResult found = search(all(), options());
    InfluenceScores full = scorer.score(queries, train.source(4), ScoreOptions.topK(K));
    for (int q = 0; q < QUERIES; q++) {
      QueryHits query = found.queries().get(q);
      assertThat(query.hits()).isEqualTo(full.proponents(q));
      assertThat(query.stages()).allSatisfy(report -> assertThat(report.recall()).hasValue(1));
      assertThat(query.stage(FunnelStage.SCAN).controlAgreement()).hasValue(1);
      assertThat(query.stage(FunnelStage.FILTER).kept()).isEqualTo(TRAIN);
      assertThat(query.stage(FunnelStage.SCAN).kept()).isEqualTo(2 * K);
      assertThat(query.stage(FunnelStage.RESCORE).kept()).isEqualTo(query.hits().size());
    }
  }

  /** The whole funnel once more, on matrices, with recall at k against the full scan. */
  @Test
  void everyNumberIsThatOfTheFullMatrices() {
    List<CandidateFilter> filters = randomHalves();
    LowRank rankOne = LowRank.full(1);
    FunnelResult found = search(filters, options().withScan(rankOne));
    double[][] exact = exact();
    double[][] truncated =
        scorer
            .score(queries, train.source(9), ScoreOptions.pairwise().withLowRank(rankOne))
            .toMatrix();
    for (int q = 0; q < QUERIES; q++) {
      QueryHits query = found.queries().get(q);
      long[] candidates = filters.get(q).candidates(TRAIN);
      long[] survivors = strongest(truncated[q], LongStream.of(candidates), 2 * K);
      assertThat(query.hits()).isEqualTo(hits(exact[q], survivors));
      StageReport filter = query.stage(FunnelStage.FILTER);
      StageReport scan = query.stage(FunnelStage.SCAN);
      Set<Long> best =
          new HashSet<>(
              LongStream.of(strongest(exact[q], LongStream.range(0, TRAIN), K)).boxed().toList());
      assertThat(filter.recall()).hasValue(share(best, candidates));
      assertThat(scan.recall()).hasValue(share(best, survivors));
      assertThat(scan.offered()).isEqualTo(candidates.length);
      assertThat(scan.controlAgreement()).hasValue(RankCorrelation.of(truncated[q], exact[q]));
      double[] places = new double[TRAIN];
      Arrays.fill(places, -candidates.length);
      IntStream.range(0, candidates.length).forEach(i -> places[(int) candidates[i]] = -i);
      assertThat(filter.controlAgreement()).hasValue(RankCorrelation.of(places, exact[q]));
    }
  }

  private static double share(Set<Long> wanted, long[] kept) {
    return (double) LongStream.of(kept).filter(wanted::contains).count() / wanted.size();
  }

  @Test
  void showsWhatTheFilterLoses() {
    long best = strongest(exact()[1], LongStream.range(0, TRAIN), 1)[0];
    long[] others = LongStream.range(0, TRAIN).filter(e -> e != best).toArray();
    FunnelResult found = search(List.of(only(1), only(others), only(2)), options());
    StageReport filter = found.queries().get(1).stage(FunnelStage.FILTER);
    assertThat(filter.wanted()).isEqualTo(K);
    assertThat(filter.found()).isEqualTo(K - 1);
    assertThat(found.queries().get(1).stage(FunnelStage.RESCORE).found()).isEqualTo(K - 1);
  }

  @Test
  void takesEachGradientOncePerScan() {
    List<CandidateFilter> filters = List.of(only(3, 1), only(1, 40, 2), only(2));
    FunnelOptions narrow =
        FunnelOptions.topK(1).withSurvivors(1).withCandidates(3).withControls(0, 0);
    FunnelResult found = search(filters, narrow);
    assertThat(asked).hasSize(2);
    assertThat(asked.get(0)).containsExactly(1, 2, 3, 40);
    assertThat(asked.get(1)).hasSizeLessThanOrEqualTo(QUERIES).isSorted().doesNotHaveDuplicates();
    assertThat(found.costs().get(1).gradients()).isEqualTo(4);
    assertThat(found.queries().get(1).stage(FunnelStage.FILTER).kept()).isEqualTo(3);
  }

  @Test
  void nothingDependsOnTheCutIntoBatches() {
    FunnelOptions options = options().withScan(LowRank.randomized(2)).withControls(10, 3);
    List<CandidateFilter> filters = randomHalves();
    List<QueryHits> expected = search(filters, options).queries();
    for (int size : new int[] {1, 2, TRAIN}) {
      RetrievalFunnel other = new RetrievalFunnel(scorer, indexed(size));
      assertThat(other.search(queries, filters, options).queries()).isEqualTo(expected);
    }
  }

  @Test
  void saysWhenNothingPasses() {
    FunnelResult found = search(List.of(only(), only(5), only()), options());
    QueryHits empty = found.queries().get(0);
    assertThat(empty.hits()).isEmpty();
    assertThat(empty.stage(FunnelStage.FILTER).recall()).hasValue(0);
    assertThat(empty.stage(FunnelStage.FILTER).controlAgreement()).isEmpty();
    assertThat(empty.stage(FunnelStage.SCAN).survivorAgreement()).isEmpty();
    assertThat(found.queries().get(1).hits()).hasSizeLessThanOrEqualTo(1);
    assertThat(found.explain())
        .contains("query 0 FILTER: kept 0 of 60, rank agreement unknown (controls)")
        .contains("SCAN: gradients of 60 examples");
  }

  @Test
  void needsNoControlsAndNoCandidates() {
    List<CandidateFilter> none = Collections.nCopies(QUERIES, only());
    FunnelResult found = search(none, options().withControls(0, 0));
    assertThat(asked).isEmpty();
    assertThat(found.queries())
        .allSatisfy(query -> assertThat(query.hits()).isEmpty())
        .allSatisfy(query -> assertThat(query.stage(FunnelStage.FILTER).recall()).isEmpty());
  }

  @Test
  void refusesFiltersThatBreakTheContract() {
    assertRefused("names example 60, but the training set has examples 0 to 59", only(60));
    assertRefused("names example -1", only(-1));
    assertRefused("The filter of query 1 names example 4 twice", only(4, 7, 4));
    assertRefused(
        "let 11 examples pass, at most 10", atMost -> LongStream.rangeClosed(0, atMost).toArray());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> search(List.of(only(1)), options()))
        .withMessageContaining("There are 1 filters, but the query source pushed 3 queries");
  }

  private void assertRefused(String message, CandidateFilter broken) {
    List<CandidateFilter> filters = List.of(only(1), broken, only(2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> search(filters, options().withCandidates(10)))
        .withMessageContaining(message);
  }

  @Test
  void refusesTrainingDataThatPushOtherExamples() {
    RetrievalFunnel funnel =
        new RetrievalFunnel(scorer, IndexedGradients.of(TRAIN, numbers -> train.source(8)));
    FunnelOptions options = options().withControls(3, 0);
    assertThatIllegalStateException()
        .isThrownBy(() -> funnel.search(queries, Collections.nCopies(QUERIES, only(1)), options))
        .withMessageContaining("pushed 60 examples where");
  }

  @Test
  void refusesAFunnelThatWidens() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FunnelOptions.topK(10).withSurvivors(9))
        .withMessageContaining("topK = 10, survivors = 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FunnelOptions.topK(10).withCandidates(99));
  }
}
