/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.scoring.ScoreOptions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What a second look at the hits of one query, under one damping, is for and brings. */
final class SecondLook {
  private final QueryResult result;

  /** Null for every example, where no top-k was asked for. */
  private final @Nullable Set<Long> wanted;

  /** Exact scores by example. */
  private final Map<Long, Double> exact = new HashMap<>();

  SecondLook(QueryResult result) {
    this.result = result;
    TopK hits = result.hits;
    this.wanted = hits == null ? null : new HashSet<>(hits.examples());
  }

  /** Whether hits get other scores than those they were found by. */
  static boolean rescores(ScoreOptions options) {
    return options.topK() > 0 && (options.lowRank() != null || options.refinement() != null);
  }

  boolean wants(long example) {
    return wanted == null || wanted.contains(example);
  }

  /** The hits; only where a top-k was asked for. */
  LongStream hits() {
    return Objects.requireNonNull(wanted).stream().mapToLong(Long::longValue);
  }

  void addExact(long example, String layer, double score) {
    exact.merge(example, score, Double::sum);
    Map<String, Double> parts = result.hitLayers.get(example);
    if (parts != null) {
      parts.put(layer, score);
    }
  }

  void addRows(long example, double[] parts) {
    result.addRows(example, parts);
  }

  /** Puts the exact scores in the place of those that the hits were found by. */
  void rescore() {
    result.rescore(exact);
  }
}
