/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The scores of some training examples for all queries; looked up by example number. */
final class SubsetScores {
  /** Strongest first, equal ones by number. */
  private static final Comparator<Hit> STRONGEST =
      Comparator.comparingDouble((Hit hit) -> -hit.score()).thenComparingLong(Hit::example);

  private final long[] numbers;
  private final double[][] scores;

  private SubsetScores(long[] numbers, double[][] scores) {
    this.numbers = numbers;
    this.scores = scores;
  }

  /** Takes each gradient once, however many of the sets an example is in. */
  static SubsetScores of(
      InfluenceScorer scorer,
      GradientSource queries,
      int queryCount,
      CheckedExamples train,
      Collection<long[]> wanted,
      ScoreOptions options) {
    long[] numbers = wanted.stream().flatMapToLong(LongStream::of).sorted().distinct().toArray();
    if (numbers.length == 0) {
      return new SubsetScores(numbers, new double[queryCount][0]);
    }
    InfluenceScores scores = scorer.score(queries, train.examples(numbers.clone()), options);
    if (scores.examples() != numbers.length) {
      throw new IllegalStateException(
          "The training data pushed "
              + scores.examples()
              + " examples where "
              + numbers.length
              + " were asked for; IndexedGradients.examples(numbers) must give exactly these.");
    }
    if (scores.queries() != queryCount) {
      throw new IllegalArgumentException(
          "There are "
              + queryCount
              + " filters, but the query source pushed "
              + scores.queries()
              + " queries; give one filter for each query.");
    }
    return new SubsetScores(numbers, scores.toMatrix());
  }

  int examples() {
    return numbers.length;
  }

  double score(int query, long example) {
    return scores[query][Arrays.binarySearch(numbers, example)];
  }

  /** The strongest of some examples, whatever their sign. */
  List<Hit> strongest(int query, LongStream examples, int count) {
    Stream<Hit> hits = examples.mapToObj(e -> new Hit(e, score(query, e)));
    return hits.sorted(STRONGEST).limit(count).toList();
  }
}
