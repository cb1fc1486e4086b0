/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.progress;

/** What a run is doing. */
public enum Stage {
  /** First pass over the training data: covariances. */
  COVARIANCE,
  /** Eigendecompositions of all covariances. */
  EIGENDECOMPOSITION,
  /** Second pass over the training data: eigenvalue correction. */
  EIGENVALUES,
  /** Gradients of the queries. */
  QUERIES,
  /** Preconditioning of the query gradients. */
  PRECONDITION,
  /** A pass of scores over the training data. */
  SCORE,
  /** Self-influence of the training data. */
  SELF_INFLUENCE,
  /** The pass over the training data that looks again at the hits of a top-k search. */
  RESCORE
}
