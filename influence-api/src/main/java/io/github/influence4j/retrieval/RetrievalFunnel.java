/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.ScoreOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Finds the strongest proponents of queries in a training set that is too large to score: a filter
 * chooses candidates without any gradient, a scan of low rank orders them, the strongest are scored
 * again exactly (Grosse et al. 2023, section 3.2, and exact rescoring). A random control sample is
 * scored beside them and shows what each stage loses.
 *
 * <pre>{@code
 * RetrievalFunnel funnel = new RetrievalFunnel(influence.scorer(curvature), train);
 * FunnelResult found = funnel.search(queries, filters, FunnelOptions.topK(10));
 * found.queries().get(0).hits().forEach(hit -> show(hit.example(), hit.score()));
 * log(found.explain());
 * }</pre>
 *
 * <p>Each query ranks its own candidates only, but gradients are taken once for the candidates of
 * all queries together. Memory: one score for each query and each of these, 8 bytes; give many
 * queries in several searches. Scores have the sign and the bits of {@link InfluenceScorer#score}.
 */
public final class RetrievalFunnel {
  private final InfluenceScorer scorer;
  private final IndexedGradients train;

  /**
   * A funnel over a training set.
   *
   * @param scorer scores; borrowed
   * @param train the training examples
   */
  public RetrievalFunnel(InfluenceScorer scorer, IndexedGradients train) {
    this.scorer = scorer;
    this.train = train;
  }

  /**
   * Searches.
   *
   * @param queries gradients of the queries' own losses; replayed for the scan and for the
   *     rescoring
   * @param filters one for each query, in the order of the queries
   * @param options how wide each stage is
   * @return the strongest proponents of each query (positive scores; fewer than asked for where
   *     there are no more among the candidates), with a report of every stage
   * @throws IllegalArgumentException if there are not as many filters as queries, if a filter names
   *     an example twice, one that does not exist or too many, or if a batch does not fit the model
   * @throws IllegalStateException if a query, or an example of a number, is not the same in the
   *     rescoring as it was in the scan
   * @throws java.util.concurrent.CancellationException if cancelled
   */
  public FunnelResult search(
      GradientSource queries, List<? extends CandidateFilter> filters, FunnelOptions options) {
    List<StageCost> costs = new ArrayList<>();
    long start = System.nanoTime();
    List<long[]> candidates = new ArrayList<>();
    for (int q = 0; q < filters.size(); q++) {
      long[] passed = filters.get(q).candidates(options.candidates());
      check(passed, q, options.candidates());
      candidates.add(passed);
    }
    costs.add(cost(FunnelStage.FILTER, 0, start));

    start = System.nanoTime();
    long[] controls = ControlSample.of(train.examples(), options.controls(), options.seed());
    ScoreOptions exactly = ScoreOptions.pairwise().withDampings(options.damping());
    GradientSource checked = CheckedSource.of(queries, "query source", "queries");
    CheckedExamples examples = new CheckedExamples(train);
    SubsetScores scan =
        score(checked, examples, candidates, controls, exactly.withLowRank(options.scan()));
    List<long[]> survivors = new ArrayList<>();
    for (int q = 0; q < filters.size(); q++) {
      survivors.add(
          numbers(scan.strongest(q, LongStream.of(candidates.get(q)), options.survivors())));
    }
    costs.add(cost(FunnelStage.SCAN, scan.examples(), start));

    start = System.nanoTime();
    SubsetScores exact =
        score(checked, examples, survivors, controls, exactly.withRefinement(options.refinement()));
    costs.add(cost(FunnelStage.RESCORE, exact.examples(), start));

    FunnelJudge judge = new FunnelJudge(scan, exact, controls, train.examples(), options.topK());
    List<QueryHits> found = new ArrayList<>();
    for (int q = 0; q < filters.size(); q++) {
      found.add(judge.judge(q, candidates.get(q), survivors.get(q)));
    }
    return new FunnelResult(found, costs);
  }

  private SubsetScores score(
      GradientSource queries,
      CheckedExamples examples,
      List<long[]> chosen,
      long[] controls,
      ScoreOptions options) {
    List<long[]> wanted = new ArrayList<>(chosen);
    wanted.add(controls);
    return SubsetScores.of(scorer, queries, chosen.size(), examples, wanted, options);
  }

  private void check(long[] candidates, int query, int atMost) {
    if (candidates.length > atMost) {
      throw new IllegalArgumentException(
          "The filter of query "
              + query
              + " let "
              + candidates.length
              + " examples pass, at most "
              + atMost
              + " were asked for.");
    }
    Set<Long> seen = new HashSet<>();
    for (long example : candidates) {
      if (example < 0 || example >= train.examples()) {
        throw new IllegalArgumentException(
            "The filter of query "
                + query
                + " names example "
                + example
                + ", but the training set has examples 0 to "
                + (train.examples() - 1)
                + "; filter and gradients must number the same examples alike.");
      }
      if (!seen.add(example)) {
        throw new IllegalArgumentException(
            "The filter of query " + query + " names example " + example + " twice.");
      }
    }
  }

  private static long[] numbers(List<Hit> hits) {
    return hits.stream().mapToLong(Hit::example).toArray();
  }

  private static StageCost cost(FunnelStage stage, long gradients, long start) {
    return new StageCost(stage, gradients, Duration.ofNanos(System.nanoTime() - start));
  }
}
