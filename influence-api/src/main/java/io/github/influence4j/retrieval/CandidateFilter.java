/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import java.util.stream.LongStream;

/**
 * Finds the training examples that are worth a gradient for one query, such as those that share
 * rare terms with it.
 */
@FunctionalInterface
public interface CandidateFilter {
  /**
   * The examples that look most promising.
   *
   * @param atMost how many may pass
   * @return their numbers, most promising first, each once; none if nothing looks promising
   */
  long[] candidates(int atMost);

  /**
   * Lets every example pass, in the order of their numbers.
   *
   * @param examples how many there are
   * @return the filter
   */
  static CandidateFilter all(long examples) {
    return atMost -> LongStream.range(0, Math.min(atMost, examples)).toArray();
  }
}
