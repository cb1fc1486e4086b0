/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

/** The stages of a {@link RetrievalFunnel}, in their order. */
public enum FunnelStage {
  /** The caller's filter, without gradients. */
  FILTER,
  /** Scores of low rank for the candidates. */
  SCAN,
  /** Exact scores for the strongest of them. */
  RESCORE
}
