/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

/** What device memory is for, and which option lowers it: for the message when there is none. */
enum MemoryUse {
  TENSOR(
      "a tensor of factors or queries",
      "lower Influence.builder().maxMemory, truncate queries with ScoreOptions.withLowRank, or use"
          + " CurvatureStrategy.blockDiagonalEkfac"),
  COVARIANCE(
      "a covariance", "use CurvatureStrategy.blockDiagonalEkfac or fit fewer layers at once"),
  EIGEN(
      "an eigendecomposition",
      "split the layer's factors with CurvatureStrategy.blockDiagonalEkfac, or decompose it with"
          + " backend cpu"),
  WORK("the work space of a batch", "pass smaller batches, or lower Influence.builder().maxMemory");

  private final String what;
  private final String remedy;

  MemoryUse(String what, String remedy) {
    this.what = what;
    this.remedy = remedy;
  }

  String what() {
    return what;
  }

  String remedy() {
    return remedy;
  }
}
