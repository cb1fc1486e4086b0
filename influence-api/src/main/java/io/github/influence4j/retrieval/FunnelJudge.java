/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.scoring.Hit;
import io.github.influence4j.statistics.RankCorrelation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.LongToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Compares what each stage did with exact scores. */
final class FunnelJudge {
  private final SubsetScores scan;
  private final SubsetScores exact;
  private final long[] controls;
  private final long examples;
  private final int topK;

  FunnelJudge(SubsetScores scan, SubsetScores exact, long[] controls, long examples, int topK) {
    this.scan = scan;
    this.exact = exact;
    this.controls = controls;
    this.examples = examples;
    this.topK = topK;
  }

  QueryHits judge(int query, long[] candidates, long[] survivors) {
    List<Hit> hits = proponents(query, LongStream.of(survivors));
    long[] found = hits.stream().mapToLong(Hit::example).toArray();
    Set<Long> wanted = wanted(query, found);
    Map<Long, Integer> places = places(candidates);
    return new QueryHits(
        hits,
        List.of(
            report(
                FunnelStage.FILTER,
                query,
                examples,
                candidates,
                survivors,
                wanted,
                e -> -places.getOrDefault(e, candidates.length)),
            report(
                FunnelStage.SCAN,
                query,
                candidates.length,
                survivors,
                survivors,
                wanted,
                e -> scan.score(query, e)),
            report(
                FunnelStage.RESCORE,
                query,
                survivors.length,
                found,
                survivors,
                wanted,
                e -> exact.score(query, e))));
  }

  private List<Hit> proponents(int query, LongStream of) {
    return exact.strongest(query, of.filter(e -> exact.score(query, e) > 0), topK);
  }

  /** The controls that belong to the result. */
  private Set<Long> wanted(int query, long[] found) {
    LongStream both = LongStream.concat(LongStream.of(found), LongStream.of(controls)).distinct();
    return proponents(query, both).stream()
        .map(Hit::example)
        .filter(e -> Arrays.binarySearch(controls, e) >= 0)
        .collect(Collectors.toSet());
  }

  private static Map<Long, Integer> places(long[] order) {
    Map<Long, Integer> places = new HashMap<>();
    for (int i = 0; i < order.length; i++) {
      places.put(order[i], i);
    }
    return places;
  }

  /** A report; {@code order} is the stage's own order, highest first. */
  private StageReport report(
      FunnelStage stage,
      int query,
      long offered,
      long[] kept,
      long[] survivors,
      Set<Long> wanted,
      LongToDoubleFunction order) {
    return new StageReport(
        stage,
        offered,
        kept.length,
        agreement(query, controls, order),
        agreement(query, survivors, order),
        wanted.size(),
        LongStream.of(kept).filter(wanted::contains).count());
  }

  private OptionalDouble agreement(int query, long[] over, LongToDoubleFunction order) {
    double[] own = LongStream.of(over).mapToDouble(order).toArray();
    double[] truth = LongStream.of(over).mapToDouble(e -> exact.score(query, e)).toArray();
    boolean ordered = distinct(own) > 1 && distinct(truth) > 1;
    return ordered ? OptionalDouble.of(RankCorrelation.of(own, truth)) : OptionalDouble.empty();
  }

  private static long distinct(double[] values) {
    return Arrays.stream(values).distinct().count();
  }
}
