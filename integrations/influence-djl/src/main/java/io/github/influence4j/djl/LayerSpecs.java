/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.nn.convolutional.Convolution;
import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;

/** Reads a layer's geometry, which DJL knows once the layer has weights. */
final class LayerSpecs {
  private LayerSpecs() {}

  static LayerSpec of(String name, Block layer) {
    ParameterList parameters = layer.getDirectParameters();
    Parameter weight = parameters.get("weight");
    if (!weight.isInitialized()) {
      throw new IllegalStateException(
          "Layer \""
              + name
              + "\" has no weights yet; initialize or load the model before its gradients are"
              + " captured.");
    }
    Shape shape = weight.getShape();
    LayerSpec spec =
        layer instanceof Convolution convolution
            ? convolution(name, shape, convolution)
            : LayerSpec.linear(name, size(shape, 1), size(shape, 0));
    return parameters.contains("bias") ? spec : spec.withoutBias();
  }

  /** From a weight [outputs, inputs / groups, height, width], or [.., length]. */
  private static LayerSpec convolution(String name, Shape weight, Convolution layer) {
    return weight.dimension() == 3
        ? LayerSpec.conv1d(name, oneDimensional(weight, layer))
        : LayerSpec.conv2d(name, geometry(weight, layer));
  }

  private static Conv1d oneDimensional(Shape weight, Convolution layer) {
    return Conv1d.of(size(weight, 1) * layer.getGroups(), size(weight, 0), size(weight, 2))
        .withStride(size(layer.getStride(), 0))
        .withPadding(size(layer.getPadding(), 0))
        .withDilation(size(layer.getDilation(), 0))
        .withGroups(layer.getGroups());
  }

  private static Conv2d geometry(Shape weight, Convolution layer) {
    return Conv2d.of(
            size(weight, 1) * layer.getGroups(), size(weight, 0), size(weight, 2), size(weight, 3))
        .withStride(size(layer.getStride(), 0), size(layer.getStride(), 1))
        .withPadding(size(layer.getPadding(), 0), size(layer.getPadding(), 1))
        .withDilation(size(layer.getDilation(), 0), size(layer.getDilation(), 1))
        .withGroups(layer.getGroups());
  }

  private static int size(Shape shape, int dimension) {
    return Math.toIntExact(shape.get(dimension));
  }
}
