/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/**
 * How much there is of everything.
 *
 * @param layers blocks
 * @param width of what flows from block to block
 * @param heads of queries
 * @param keyValueHeads of keys and of values, each shared by as many heads of queries
 * @param headWidth of one head
 * @param hidden width inside the feed-forward part
 * @param vocabulary tokens
 */
public record Sizes(
    int layers,
    int width,
    int heads,
    int keyValueHeads,
    int headWidth,
    int hidden,
    int vocabulary) {
  /** Width of all queries together. */
  public int queryWidth() {
    return heads * headWidth;
  }

  /** Width of all keys together, and of all values. */
  public int keyWidth() {
    return keyValueHeads * headWidth;
  }
}
