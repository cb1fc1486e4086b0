/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.solver.Activation;
import io.github.influence4j.solver.ParameterLayout;
import java.util.Arrays;

/**
 * Samples on their way through a {@link Perceptron}; can be used again for other weights or other
 * samples of the same number, without new memory. All inner loops run along rows of memory without
 * sums, so that the compiler makes vector instructions of them.
 */
final class Pass {
  private final Perceptron model;
  private final ParameterLayout layout;
  private final double[] weights;
  private final Samples samples;

  /** For each layer what goes in, [samples, inputs]; then the outputs of the last. */
  private final double[][] values;

  /** For each layer the gradient of the summed loss at its output, [samples, outputs]. */
  private final double[][] gradients;

  /** For each layer its weights without bias, [inputs, outputs]. */
  private final double[][] transposed;

  Pass(Perceptron model, double[] weights, Samples samples) {
    this.model = model;
    this.layout = ParameterLayout.of(model.layers());
    this.weights = weights;
    this.samples = samples;
    int layers = model.layers().size();
    this.values = new double[layers + 1][];
    this.gradients = new double[layers][];
    this.transposed = new double[layers][];
    values[0] = samples.inputs();
    for (int l = 0; l < layers; l++) {
      LayerSpec layer = model.layers().get(l);
      values[l + 1] = new double[samples.size() * layer.outputs()];
      gradients[l] = new double[samples.size() * layer.outputs()];
      transposed[l] = new double[layer.inputs() * layer.outputs()];
    }
  }

  /** Samples run forward. */
  static Pass of(Perceptron model, double[] weights, Samples samples) {
    return new Pass(model, weights, samples).forward();
  }

  Pass forward() {
    for (int l = 0; l < gradients.length; l++) {
      forward(l);
    }
    return this;
  }

  private void forward(int l) {
    LayerSpec layer = model.layers().get(l);
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    int columns = layer.gradientColumns();
    int offset = layout.offset(l);
    double[] matrix = transposed[l];
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < inputs; i++) {
        matrix[i * outputs + o] = weights[offset + o * columns + i];
      }
    }
    double[] out = values[l + 1];
    for (int e = 0; e < samples.size(); e++) {
      for (int o = 0; o < outputs; o++) {
        out[e * outputs + o] = layer.bias() ? weights[offset + (o + 1) * columns - 1] : 0;
      }
      for (int i = 0; i < inputs; i++) {
        addScaled(values[l][e * inputs + i], matrix, i * outputs, out, e * outputs, outputs);
      }
    }
    if (l + 1 < gradients.length) {
      activate(out);
    }
  }

  private void activate(double[] of) {
    if (model.activation() == Activation.RELU) {
      for (int i = 0; i < of.length; i++) {
        of[i] = Math.max(of[i], 0);
      }
    } else {
      for (int i = 0; i < of.length; i++) {
        of[i] = Math.tanh(of[i]);
      }
    }
  }

  /** What the last layer says, [samples, outputs]. */
  double[] outputs() {
    return values[gradients.length];
  }

  int outputsEach() {
    return outputs().length / samples.size();
  }

  double loss(int sample) {
    return model
        .head()
        .loss(outputs(), sample * outputsEach(), outputsEach(), samples.targets()[sample]);
  }

  /** What went into a layer, [samples, inputs]. */
  double[] input(int layer) {
    return values[layer];
  }

  /** The gradient at a layer's output after {@link #backward}, [samples, outputs]. */
  double[] gradient(int layer) {
    return gradients[layer];
  }

  /** Where the gradient of the loss by the outputs is to be put before {@link #backward()}. */
  double[] atOutputs() {
    return gradients[gradients.length - 1];
  }

  /** From the gradient of each sample's loss. */
  Pass backwardFromLoss() {
    return backwardFrom(samples.targets());
  }

  /** From the gradient of the losses for other targets. */
  Pass backwardFrom(double[] targets) {
    int each = outputsEach();
    for (int e = 0; e < samples.size(); e++) {
      model.head().gradient(outputs(), e * each, each, targets[e], atOutputs());
    }
    return backward();
  }

  /** From what stands at the outputs. */
  Pass backward() {
    for (int l = gradients.length - 1; l > 0; l--) {
      LayerSpec layer = model.layers().get(l);
      int columns = layer.gradientColumns();
      double[] into = gradients[l - 1];
      Arrays.fill(into, 0);
      for (int e = 0; e < samples.size(); e++) {
        for (int o = 0; o < layer.outputs(); o++) {
          addScaled(
              gradients[l][e * layer.outputs() + o],
              weights,
              layout.offset(l) + o * columns,
              into,
              e * layer.inputs(),
              layer.inputs());
        }
      }
      slope(into, values[l]);
    }
    return this;
  }

  private void slope(double[] gradient, double[] activated) {
    if (model.activation() == Activation.RELU) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = activated[i] > 0 ? gradient[i] : 0;
      }
    } else {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= 1 - activated[i] * activated[i];
      }
    }
  }

  /** Adds the gradient of the summed loss by the weights. */
  void addWeightGradient(double[] to) {
    for (int l = 0; l < gradients.length; l++) {
      LayerSpec layer = model.layers().get(l);
      int inputs = layer.inputs();
      for (int o = 0; o < layer.outputs(); o++) {
        int row = layout.offset(l) + o * layer.gradientColumns();
        for (int e = 0; e < samples.size(); e++) {
          double gradient = gradients[l][e * layer.outputs() + o];
          addScaled(gradient, values[l], e * inputs, to, row, inputs);
          if (layer.bias()) {
            to[row + inputs] += gradient;
          }
        }
      }
    }
  }

  private static void addScaled(
      double factor, double[] of, int from, double[] to, int at, int count) {
    if (factor != 0) {
      for (int i = 0; i < count; i++) {
        to[at + i] += factor * of[from + i];
      }
    }
  }
}
