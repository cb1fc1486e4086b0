/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.rows.ModelLayers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The exact Gauss-Newton Hessian of a multilayer perceptron, in float64: fully connected layers one
 * behind the other with one activation between them, for models that were trained anywhere. Forward
 * mode for J v, backward for Jᵀ: about 6 operations a weight, example and vector.
 *
 * <pre>{@code
 * GaussNewtonOperator model = new FeedForwardOperator(
 *     List.of(fc1, fc2), weights, Activation.TANH, OutputLoss.HALF_SQUARED_ERROR, inputs);
 * }</pre>
 */
public final class FeedForwardOperator implements GaussNewtonOperator {
  private final ParameterLayout layout;
  private final List<Layer> layers = new ArrayList<>();
  private final Activation activation;
  private final OutputLoss loss;
  private final double[] inputs;
  private final double[] weights;

  /**
   * A trained network and its training examples.
   *
   * @param layers linear, each with as many inputs as the one before has outputs
   * @param weights of all layers, laid out as {@link ParameterLayout} says; copied
   * @param activation between the layers, not behind the last
   * @param loss behind the last layer
   * @param inputs [examples, inputs of the first layer], row-major; borrowed
   * @throws IllegalArgumentException if sizes do not fit together
   */
  public FeedForwardOperator(
      List<LayerSpec> layers,
      double[] weights,
      Activation activation,
      OutputLoss loss,
      double[] inputs) {
    this.layout = ParameterLayout.of(ModelLayers.checked(layers));
    this.activation = activation;
    this.loss = loss;
    this.inputs = inputs;
    this.weights = weights.clone();
    layout.check("The vector of weights", new double[][] {weights});
    requireChain();
    for (int l = 0; l < layers.size(); l++) {
      this.layers.add(Layer.of(layers.get(l), layout.offset(l), weights));
    }
  }

  private void requireChain() {
    List<LayerSpec> specs = layout.layers();
    for (int l = 0; l < specs.size(); l++) {
      LayerSpec spec = specs.get(l);
      if (spec.convolution() != null || (l > 0 && spec.inputs() != specs.get(l - 1).outputs())) {
        throw new IllegalArgumentException(
            "Layer \""
                + spec.name()
                + "\": expected a linear layer"
                + (l == 0 ? "" : " of " + specs.get(l - 1).outputs() + " inputs")
                + ", got "
                + (spec.convolution() == null ? spec.inputs() + " inputs" : "a convolution")
                + ".");
      }
    }
    if (inputs.length == 0 || inputs.length % specs.get(0).inputs() != 0) {
      throw new IllegalArgumentException(
          "There are "
              + inputs.length
              + " input numbers, expected a multiple of the "
              + specs.get(0).inputs()
              + " inputs of layer \""
              + specs.get(0).name()
              + "\".");
    }
  }

  @Override
  public List<LayerSpec> layers() {
    return layout.layers();
  }

  @Override
  public long examples() {
    return inputs.length / layout.layers().get(0).inputs();
  }

  @Override
  public void addProducts(long[] examples, double[][] vectors, double[][] products) {
    Pass pass = forward(examples);
    for (int i = 0; i < vectors.length; i++) {
      addBackward(pass, tangents(pass, vectors[i]), products[i]);
    }
  }

  /**
   * A forward pass.
   *
   * @param inputs for each layer what went in, [examples, inputs]
   * @param slopes for each layer but the first the derivatives of the activation before it
   * @param outputs [examples, outputs]
   */
  private record Pass(List<MatrixView> inputs, List<double[]> slopes, double[] outputs) {}

  private Pass forward(long[] examples) {
    List<MatrixView> into = new ArrayList<>();
    List<double[]> slopes = new ArrayList<>();
    double[] values = rows(examples);
    for (Layer layer : layers) {
      if (!into.isEmpty()) {
        slopes.add(Arrays.stream(values).map(activation::slope).toArray());
        values = Arrays.stream(values).map(activation::value).toArray();
      }
      MatrixView input = MatrixView.of(values, examples.length, layer.spec.inputs());
      into.add(input);
      values = layer.apply(weights, input).values();
    }
    return new Pass(into, slopes, values);
  }

  private double[] rows(long[] examples) {
    int columns = layout.layers().get(0).inputs();
    double[] rows = new double[examples.length * columns];
    for (int e = 0; e < examples.length; e++) {
      int from = Math.toIntExact(examples[e]) * columns;
      System.arraycopy(inputs, from, rows, e * columns, columns);
    }
    return rows;
  }

  /** H J v, [examples, outputs]. */
  private double[] tangents(Pass pass, double[] vector) {
    double[] tangents = {};
    for (int l = 0; l < layers.size(); l++) {
      Layer layer = layers.get(l);
      MatrixView input = pass.inputs.get(l);
      MatrixView out = layer.apply(vector, input);
      if (l > 0) {
        multiply(tangents, pass.slopes.get(l - 1));
        out.addProduct(MatrixView.of(tangents, input.rows(), input.columns()), layer.transposed);
      }
      tangents = out.values();
    }
    int outputs = layers.get(layers.size() - 1).spec.outputs();
    for (int first = 0; first < tangents.length; first += outputs) {
      loss.multiply(pass.outputs, tangents, first, outputs);
    }
    return tangents;
  }

  /** Adds Jᵀ times what stands at the outputs. */
  private void addBackward(Pass pass, double[] atOutputs, double[] product) {
    double[] gradients = atOutputs;
    for (int l = layers.size() - 1; l >= 0; l--) {
      Layer layer = layers.get(l);
      MatrixView input = pass.inputs.get(l);
      MatrixView at = MatrixView.of(gradients, input.rows(), layer.spec.outputs());
      layer.addGradient(at.transposed(), input, product);
      if (l > 0) {
        double[] before = new double[input.rows() * input.columns()];
        MatrixView.of(before, input.rows(), input.columns()).addProduct(at, layer.matrix(weights));
        multiply(before, pass.slopes.get(l - 1));
        gradients = before;
      }
    }
  }

  private static void multiply(double[] values, double[] factors) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factors[i];
    }
  }

  /** Where a layer lies in a vector of weights, and its own weights without bias, transposed. */
  private record Layer(LayerSpec spec, int offset, MatrixView transposed) {
    static Layer of(LayerSpec spec, int offset, double[] weights) {
      Layer layer = new Layer(spec, offset, MatrixView.of(new double[0], 0, 0));
      return new Layer(spec, offset, layer.matrix(weights).transposed());
    }

    /** Without the bias. */
    MatrixView matrix(double[] vector) {
      return new MatrixView(vector, offset, spec.gradientColumns(), spec.outputs(), spec.inputs());
    }

    /** W a + b for every row of the input, with W and b from a vector of weights. */
    MatrixView apply(double[] vector, MatrixView input) {
      int outputs = spec.outputs();
      double[] out = new double[input.rows() * outputs];
      for (int i = 0; spec.bias() && i < out.length; i++) {
        out[i] = vector[bias(i % outputs)];
      }
      MatrixView view = MatrixView.of(out, input.rows(), outputs);
      view.addProduct(input, matrix(vector).transposed());
      return view;
    }

    private int bias(int output) {
      return offset + (output + 1) * spec.gradientColumns() - 1;
    }

    /** Adds Σ Ds āᵀ, from the gradients [outputs, examples]. */
    void addGradient(MatrixView gradients, MatrixView input, double[] product) {
      matrix(product).addProduct(gradients, input);
      for (int i = 0; spec.bias() && i < gradients.values().length; i++) {
        product[bias(i / gradients.columns())] += gradients.values()[i];
      }
    }
  }
}
