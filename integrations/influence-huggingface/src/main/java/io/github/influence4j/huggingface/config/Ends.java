/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/**
 * How tokens come in and go out.
 *
 * @param tied whether the matrix of the head is that of the embedding
 * @param embeddingScale what embeddings are multiplied with
 * @param softCap logits are bent to stay below it; 0 for none
 */
public record Ends(boolean tied, double embeddingScale, double softCap) {}
