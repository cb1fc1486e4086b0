/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

/** How large the page may become. Lists share it evenly; what one leaves is for those after it. */
final class Budget {
  /** Characters of markup for the hits of all queries. */
  static final long PAGE = 64_000_000;

  /** Queries that are shown at most. */
  static final int QUERIES = 1000;

  /** Hits that are listed at most, on each side of a query. */
  static final int HITS = 10_000;

  /** Long texts leave room for so many others in the list. */
  private static final int TEXTS = 20;

  private static final int LEAST_TEXT = 5000;

  private long left = PAGE;
  private int lists;

  /** For so many lists. */
  Budget(int lists) {
    this.lists = lists;
  }

  /** Characters for the next list. */
  long share() {
    return left / Math.max(1, lists);
  }

  void spend(long characters) {
    left = Math.max(0, left - characters);
    lists--;
  }

  /** Characters for the text of one of the hits of a list. */
  static long text(long share, int hits) {
    return Math.max(LEAST_TEXT, share / Math.max(1, Math.min(hits, TEXTS)));
  }
}
