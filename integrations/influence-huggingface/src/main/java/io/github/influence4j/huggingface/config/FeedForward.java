/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/**
 * What happens to each token by itself.
 *
 * @param gate whether one half of the inner vectors gates the other
 * @param bias whether the matrices have biases
 * @param activation the function between
 */
public record FeedForward(Gate gate, boolean bias, Activation activation) {
  /** Kinds of gates. */
  public enum Gate {
    /** None. */
    NONE,
    /** A matrix of its own. */
    SEPARATE,
    /** One matrix, the gate's rows first. */
    FUSED
  }
}
