/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/** The modules of a decoder that hold tensors. */
public enum Part {
  /** Vectors of tokens. */
  TOKENS,
  /** Vectors of places. */
  PLACES,
  /** Norm behind the last block. */
  LAST_NORM,
  /** Matrix from the last vectors to the logits. */
  HEAD,
  /** Norm before the attention. */
  BEFORE_ATTENTION,
  /** Norm behind the attention. */
  AFTER_ATTENTION,
  /** Norm before the feed-forward part. */
  BEFORE_FEED_FORWARD,
  /** Norm behind the feed-forward part. */
  AFTER_FEED_FORWARD,
  /** Queries. */
  QUERY,
  /** Keys. */
  KEY,
  /** Values. */
  VALUE,
  /** Queries, keys and values in one. */
  QUERY_KEY_VALUE,
  /** What comes out of the attention. */
  ATTENTION_OUT,
  /** Norm of queries. */
  QUERY_NORM,
  /** Norm of keys. */
  KEY_NORM,
  /** The gate of the feed-forward part. */
  GATE,
  /** Into the feed-forward part. */
  UP,
  /** Gate and what it gates in one. */
  GATE_UP,
  /** Out of the feed-forward part. */
  DOWN
}
