/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import java.util.List;
import java.util.OptionalDouble;

/**
 * The k highest positive and the k lowest negative scores of each query, kept where scores are
 * computed, so that the others never come to the host. Layer by layer the scores of a batch are
 * added up, then offered. Equal scores go to the lower example number. The numbers are those that
 * {@link ComputeBackend#score} gives, summed over the parts of a layer, then over layers, in order.
 */
public interface TopScores extends AutoCloseable {
  /**
   * Adds one layer's part to the scores of the current batch.
   *
   * @param parts the layer's rows, one entry a group, all of the same examples
   * @param queries the queries of each group
   * @param withoutGradientBelow of each group, as in {@link ComputeBackend#score}
   * @return a score of this layer that is not finite, if there is one; the batch must then not be
   *     offered
   */
  OptionalDouble add(
      List<ExampleRows> parts, List<QueryFactors> queries, int[] withoutGradientBelow);

  /**
   * Ends the batch: all its scores are compared with those kept.
   *
   * @param firstExample the number of its first example
   */
  void offer(long firstExample);

  /**
   * What is kept of one query.
   *
   * @param query its number
   * @return the positive scores, then the negative ones, each strongest first
   */
  List<Entry> kept(int query);

  /** Frees the memory; idempotent. */
  @Override
  void close();

  /**
   * A score.
   *
   * @param example the example's number
   * @param score its score
   */
  record Entry(long example, double score) {}
}
