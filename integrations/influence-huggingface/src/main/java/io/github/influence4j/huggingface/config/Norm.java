/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/**
 * How rows are normalised.
 *
 * @param kind the formula
 * @param epsilon under the root
 */
public record Norm(Kind kind, double epsilon) {
  /** The formulas. */
  public enum Kind {
    /** Mean and variance, weight and bias. */
    LAYER,
    /** Root of the mean square, weight. */
    RMS,
    /** The same, with a weight that is stored less one. */
    RMS_PLUS_ONE
  }
}
