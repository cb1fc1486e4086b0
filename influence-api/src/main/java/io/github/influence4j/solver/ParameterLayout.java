/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.capture.LayerSpec;
import java.util.Arrays;
import java.util.List;

/**
 * Where the weights of each layer lie in a vector of all weights: layer after layer, each [P, M]
 * row-major, the bias in the last column. Of a layer it is what {@link
 * io.github.influence4j.curvature.FittedCurvature#inverseVectorProduct} takes.
 */
public final class ParameterLayout {
  private final List<LayerSpec> layers;

  /** First weight of each layer, then the number of all. */
  private final int[] offsets;

  private ParameterLayout(List<LayerSpec> layers, int[] offsets) {
    this.layers = layers;
    this.offsets = offsets;
  }

  /**
   * Of some layers.
   *
   * @param layers in the order of the model
   * @return the layout
   * @throws IllegalArgumentException if there are none, or more weights than an array can number
   */
  public static ParameterLayout of(List<LayerSpec> layers) {
    int[] offsets = new int[layers.size() + 1];
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec layer = layers.get(i);
      long next = offsets[i] + (long) layer.outputs() * layer.gradientColumns();
      if (next > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "Layer \""
                + layer.name()
                + "\": with it there are more weights than an array can number; track fewer"
                + " layers.");
      }
      offsets[i + 1] = (int) next;
    }
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("There are no layers; track at least one.");
    }
    return new ParameterLayout(List.copyOf(layers), offsets);
  }

  /**
   * The layers.
   *
   * @return in their order
   */
  public List<LayerSpec> layers() {
    return layers;
  }

  /**
   * Number of weights of all layers.
   *
   * @return the length of a vector
   */
  public int size() {
    return offsets[layers.size()];
  }

  /**
   * Where a layer begins.
   *
   * @param layer its number; the number of layers for the end
   * @return its first weight
   */
  public int offset(int layer) {
    return offsets[layer];
  }

  /**
   * A layer's part of a vector.
   *
   * @param layer its number
   * @param vector of all weights
   * @return [P, M] row-major, a copy
   */
  public double[] part(int layer, double[] vector) {
    return Arrays.copyOfRange(vector, offsets[layer], offsets[layer + 1]);
  }

  /** A weight in words. */
  String describe(int weight) {
    int layer = 0;
    while (weight >= offsets[layer + 1]) {
      layer++;
    }
    LayerSpec spec = layers.get(layer);
    int within = weight - offsets[layer];
    int columns = spec.gradientColumns();
    return "layer \""
        + spec.name()
        + "\", row "
        + within / columns
        + ", column "
        + within % columns;
  }

  /** Refuses vectors that are not of this length or not finite. */
  void check(String what, double[][] vectors) {
    for (int i = 0; i < vectors.length; i++) {
      if (vectors[i].length != size()) {
        throw new IllegalArgumentException(
            what
                + " "
                + i
                + " has "
                + vectors[i].length
                + " elements, expected one for each of the "
                + size()
                + " weights of the layers.");
      }
      int bad = firstNotFinite(vectors[i]);
      if (bad >= 0) {
        throw new IllegalArgumentException(
            what + " " + i + " is " + vectors[i][bad] + " in " + describe(bad) + ".");
      }
    }
  }

  /** The first element that is NaN or infinite, or -1. */
  static int firstNotFinite(double[] vector) {
    for (int i = 0; i < vector.length; i++) {
      if (!Double.isFinite(vector[i])) {
        return i;
      }
    }
    return -1;
  }
}
