/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Finds the training examples worth scoring, with Lucene. */
module io.github.influence4j.lucene {
  requires transitive io.github.influence4j.api;
  requires static org.jspecify;
  requires transitive org.apache.lucene.core;

  exports io.github.influence4j.lucene;
}
