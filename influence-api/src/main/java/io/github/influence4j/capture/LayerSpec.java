/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A layer whose weights are tracked: {@code s = W̄ ā}, where ā is the input with a last coordinate
 * 1 where the layer has a bias.
 *
 * <pre>{@code
 * LayerSpec q = LayerSpec.linear("attention.q", 768, 768);
 * LayerSpec k = LayerSpec.linear("attention.k", 768, 768).sharingInputOf("attention.q");
 * LayerSpec conv = LayerSpec.conv2d("conv1", Conv2d.of(3, 16, 3).withPadding(1)).withoutBias();
 * LayerSpec wave = LayerSpec.conv1d("wave", Conv1d.of(1, 16, 9).withStride(4));
 * }</pre>
 *
 * @param name unique in the model; appears in messages, scores and files
 * @param inputs input features of one row, the bias not counted: for a convolution the unfolded
 *     columns of one group, in/groups · kernelHeight · kernelWidth
 * @param outputs output features P: for a convolution its channels
 * @param bias whether the layer has a bias
 * @param convolution the geometry of a convolution, null for a linear layer
 * @param inputOf the layer whose input this layer shares (its activation covariance and eigenbasis
 *     are computed once, from that layer), null for its own input
 */
public record LayerSpec(
    String name,
    int inputs,
    int outputs,
    boolean bias,
    @Nullable Conv2d convolution,
    @Nullable String inputOf) {

  /** Checks the sizes. */
  public LayerSpec {
    Objects.requireNonNull(name, "name");
    if (inputs < 1 || outputs < 1) {
      throw new IllegalArgumentException(
          "Layer \""
              + name
              + "\": needs at least one input and one output, got "
              + inputs
              + " and "
              + outputs
              + ".");
    }
    if (inputs == Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Layer \""
              + name
              + "\": "
              + inputs
              + " inputs and a bias are more than an int can count.");
    }
    if (convolution != null
        && (inputs != unfolded(convolution) || outputs != convolution.outChannels())) {
      throw new IllegalArgumentException(
          "Layer \""
              + name
              + "\": its convolution has "
              + unfolded(convolution)
              + " inputs and "
              + convolution.outChannels()
              + " outputs, got "
              + inputs
              + " and "
              + outputs
              + "; use LayerSpec.conv2d.");
    }
  }

  /**
   * A linear layer with a bias. Its input is the last dimension of what it is fed: [..., inputs].
   *
   * @param name unique in the model
   * @param inputs input features
   * @param outputs output features
   * @return the layer
   */
  public static LayerSpec linear(String name, int inputs, int outputs) {
    return new LayerSpec(name, inputs, outputs, true, null, null);
  }

  /**
   * A two-dimensional convolution with a bias.
   *
   * @param name unique in the model
   * @param geometry channels, kernel, stride, padding, dilation, groups
   * @return the layer
   */
  public static LayerSpec conv2d(String name, Conv2d geometry) {
    return new LayerSpec(name, unfolded(geometry), geometry.outChannels(), true, geometry, null);
  }

  /**
   * A one-dimensional convolution with a bias, fed [examples, channels, length]. Everywhere else it
   * is the two-dimensional convolution of height 1 that it equals.
   *
   * @param name unique in the model
   * @param geometry channels, kernel, stride, padding, dilation, groups
   * @return the layer
   */
  public static LayerSpec conv1d(String name, Conv1d geometry) {
    return conv2d(name, geometry.asConv2d());
  }

  private static int unfolded(Conv2d geometry) {
    int channels = geometry.inChannels() / geometry.groups();
    double columns = (double) channels * geometry.kernelHeight() * geometry.kernelWidth();
    if (columns > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "A convolution of "
              + channels
              + " channels a group and a kernel of "
              + geometry.kernelHeight()
              + " x "
              + geometry.kernelWidth()
              + " has more inputs than an array can number.");
    }
    return (int) columns;
  }

  /**
   * The layer without its bias.
   *
   * @return a copy
   */
  public LayerSpec withoutBias() {
    return new LayerSpec(name, inputs, outputs, false, convolution, inputOf);
  }

  /**
   * Declares that the layer is fed the very input of another.
   *
   * @param layer the other layer's name; it must have the same inputs and bias and its own input
   * @return a copy
   */
  public LayerSpec sharingInputOf(String layer) {
    return new LayerSpec(name, inputs, outputs, bias, convolution, layer);
  }

  /**
   * Groups of a convolution.
   *
   * @return the number of groups, 1 for a linear layer
   */
  public int groups() {
    return convolution == null ? 1 : convolution.groups();
  }

  /**
   * M: the columns of the weight gradient, the bias counted (it is the last).
   *
   * @return inputs, or inputs + 1
   */
  public int gradientColumns() {
    return bias ? inputs + 1 : inputs;
  }
}
