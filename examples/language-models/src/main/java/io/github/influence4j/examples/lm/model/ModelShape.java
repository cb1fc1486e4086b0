/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

/**
 * The sizes of a GPT-2.
 *
 * @param vocabulary number of tokens
 * @param context longest sequence
 * @param width of the residual stream; a multiple of heads
 * @param layers number of blocks
 * @param heads of attention in each block
 */
public record ModelShape(int vocabulary, int context, int width, int layers, int heads) {
  /** Checks the sizes. */
  public ModelShape {
    if (vocabulary < 1 || context < 1 || width < 1 || layers < 1 || heads < 1) {
      throw new IllegalArgumentException(
          "All sizes of a model must be positive, got "
              + describe(vocabulary, context, width, layers, heads)
              + ".");
    }
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "The width " + width + " must be a multiple of the " + heads + " heads.");
    }
  }

  @Override
  public String toString() {
    return describe(vocabulary, context, width, layers, heads);
  }

  private static String describe(int vocabulary, int context, int width, int layers, int heads) {
    return layers
        + " layers, width "
        + width
        + ", "
        + heads
        + " heads, context "
        + context
        + ", "
        + vocabulary
        + " tokens";
  }
}
