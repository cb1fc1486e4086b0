/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import java.util.Arrays;

/**
 * How tokens look at each other.
 *
 * @param projections where queries, keys and values come from
 * @param inputBiases whether those have biases
 * @param outputBias whether what comes out has one
 * @param norm of queries and keys
 * @param softCap scores are bent to stay below it; 0 for none
 * @param scales what scores are multiplied with, by layer
 * @param windows how many tokens a token sees, itself included, by layer; 0 for all
 */
public record Attention(
    Projections projections,
    boolean inputBiases,
    boolean outputBias,
    QueryKeyNorm norm,
    double softCap,
    double[] scales,
    int[] windows) {
  /** Where queries, keys and values come from. */
  public enum Projections {
    /** Three matrices. */
    SEPARATE,
    /** One matrix, all queries first, then all keys, then all values. */
    STACKED,
    /** One matrix, for each head its query, key and value. */
    HEAD_BY_HEAD
  }

  /** Whether queries and keys are normalised. */
  public enum QueryKeyNorm {
    /** They are not. */
    NONE,
    /** Each head by itself. */
    EACH_HEAD,
    /** All heads together. */
    WHOLE
  }

  /** One scale for all layers. */
  static double[] same(int layers, double scale) {
    double[] out = new double[layers];
    Arrays.fill(out, scale);
    return out;
  }
}
