/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/** What memory is for, and what needs less of it: for the message when there is none. */
public enum MemoryUse {
  TENSOR(
      "a tensor of factors or queries",
      "truncate queries with ScoreOptions.withLowRank, or use"
          + " CurvatureStrategy.blockDiagonalEkfac"),
  COVARIANCE(
      "a covariance", "use CurvatureStrategy.blockDiagonalEkfac, or fit fewer layers at once"),
  EIGEN(
      "an eigendecomposition",
      "split the layer's factors with CurvatureStrategy.blockDiagonalEkfac, or decompose it with"
          + " backend cpu"),
  WORK("the work space of a batch", "or pass smaller batches and shorter examples"),
  STAGING("a buffer for copies", "or choose backend cpu"),
  UNFOLDED("the unfolded input of a convolution", "or pass smaller batches");

  private final String what;
  private final String remedy;

  MemoryUse(String what, String remedy) {
    this.what = what;
    this.remedy = remedy;
  }

  /**
   * Whether it is part of {@code maxMemory}: what is in proportion to a batch is the caller's
   * affair, and not known to any plan.
   */
  boolean counted() {
    return this != UNFOLDED;
  }

  String what() {
    return what;
  }

  /** Ends a sentence that began with {@code maxMemory}. */
  String remedy() {
    return remedy;
  }
}
