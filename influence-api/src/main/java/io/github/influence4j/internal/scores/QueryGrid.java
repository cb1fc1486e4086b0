/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One thing for each damping and each query. Backends number the pairs as query factors: number
 * {@code d·Q + q} is query q under damping d. Scores have a row a query factor ({@link
 * ScoreMatrix}).
 *
 * @param <T> the thing
 */
final class QueryGrid<T> {
  private final int dampings;
  private final int queries;

  /** By query factor. */
  private final List<T> items;

  private QueryGrid(int dampings, int queries, List<T> items) {
    this.dampings = dampings;
    this.queries = queries;
    this.items = items;
  }

  static <T> QueryGrid<T> of(int dampings, int queries, Supplier<T> item) {
    List<T> items = new ArrayList<>();
    for (int factor = 0; factor < dampings * queries; factor++) {
      items.add(item.get());
    }
    return new QueryGrid<>(dampings, queries, items);
  }

  int queries() {
    return queries;
  }

  /** Dampings times queries. */
  int factors() {
    return items.size();
  }

  T get(int factor) {
    return items.get(factor);
  }

  T get(int damping, int query) {
    if (query < 0 || query >= queries) {
      throw new IndexOutOfBoundsException("Query " + query + " of " + queries + ".");
    }
    return items.get(damping * queries + query);
  }

  /** By query factor. */
  List<T> all() {
    return items;
  }

  <R> QueryGrid<R> map(Function<? super T, ? extends R> function) {
    List<R> mapped = new ArrayList<>();
    items.forEach(item -> mapped.add(function.apply(item)));
    return new QueryGrid<>(dampings, queries, mapped);
  }

  /** Those of queries {@code first} to {@code last}, the last one excluded. */
  QueryGrid<T> range(int first, int last) {
    List<T> some = new ArrayList<>();
    for (int d = 0; d < dampings; d++) {
      some.addAll(items.subList(d * queries + first, d * queries + last));
    }
    return new QueryGrid<>(dampings, last - first, some);
  }

  /** The queries of this, then those of another, under the same dampings. */
  QueryGrid<T> then(QueryGrid<T> more) {
    List<T> all = new ArrayList<>();
    for (int d = 0; d < dampings; d++) {
      all.addAll(items.subList(d * queries, (d + 1) * queries));
      all.addAll(more.items.subList(d * more.queries, (d + 1) * more.queries));
    }
    return new QueryGrid<>(dampings, queries + more.queries, all);
  }
}
