/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.scoring.Hit;
import java.util.List;
import java.util.stream.Stream;

/**
 * What speaks for and against the queries.
 *
 * @param queries in their order
 * @param remarks how it was found and how far it can be trusted, a line each
 */
record Found(List<Ranked> queries, List<String> remarks) {
  /**
   * What speaks for and against a query; scores are those of the library, not divided by anything.
   *
   * @param proponents the strongest first, with exact scores
   * @param opponents the strongest first, with exact scores
   * @param scores of all sequences, truncated where that was asked for; empty where only some were
   *     scored
   */
  record Ranked(List<Hit> proponents, List<Hit> opponents, double[] scores) {
    /** Of both sides. */
    Stream<Hit> hits() {
      return Stream.concat(proponents.stream(), opponents.stream());
    }
  }
}
