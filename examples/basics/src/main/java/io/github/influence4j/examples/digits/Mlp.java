/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.capture.LayerSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A multilayer perceptron: fully connected layers with ReLU between them, softmax and cross-entropy
 * behind the last.
 */
final class Mlp {
  private final List<Dense> layers = new ArrayList<>();

  /** With random weights; the same seed gives the same weights. */
  Mlp(long seed, int... sizes) {
    Random random = new Random(seed);
    for (int i = 0; i + 1 < sizes.length; i++) {
      layers.add(Dense.random(sizes[i], sizes[i + 1], random));
    }
  }

  List<Dense> layers() {
    return layers;
  }

  int classes() {
    return layers.get(layers.size() - 1).outputs();
  }

  /** The layers as Influence4J wants to know them: fc1, fc2, fc3. */
  List<LayerSpec> specs() {
    List<LayerSpec> specs = new ArrayList<>();
    for (Dense layer : layers) {
      specs.add(LayerSpec.linear("fc" + (specs.size() + 1), layer.inputs(), layer.outputs()));
    }
    return specs;
  }

  /** Runs examples forward. */
  Pass forward(double[] pixels, int examples) {
    List<double[]> inputs = new ArrayList<>();
    double[] values = pixels;
    for (Dense layer : layers) {
      if (!inputs.isEmpty()) {
        values = Arrays.stream(values).map(value -> Math.max(value, 0)).toArray();
      }
      inputs.add(values);
      values = layer.forward(values, examples);
    }
    return new Pass(examples, inputs, values);
  }

  /**
   * Runs examples backward.
   *
   * @return for each layer the gradient of the <b>summed</b> cross-entropy at its output,
   *     [examples, outputs]; of the last layer {@code softmax(logits) − onehot(label)}
   */
  List<double[]> backward(Pass pass, int[] labels) {
    double[] gradient = pass.probabilities();
    for (int e = 0; e < pass.examples(); e++) {
      gradient[e * classes() + labels[e]] -= 1;
    }
    List<double[]> gradients = new ArrayList<>();
    for (int l = layers.size() - 1; l >= 0; l--) {
      gradients.add(0, gradient);
      if (l > 0) {
        gradient = layers.get(l).backward(pass.inputs().get(l), gradient, pass.examples());
      }
    }
    return gradients;
  }

  /**
   * What a forward run leaves behind.
   *
   * @param examples how many
   * @param inputs for each layer its input, [examples, inputs]
   * @param logits [examples, classes]
   */
  record Pass(int examples, List<double[]> inputs, double[] logits) {
    double[] logits(int example) {
      int classes = logits.length / examples;
      return Arrays.copyOfRange(logits, example * classes, (example + 1) * classes);
    }

    /** softmax(logits), [examples, classes]. */
    double[] probabilities() {
      int classes = logits.length / examples;
      double[] out = new double[logits.length];
      for (int e = 0; e < examples; e++) {
        double max = Arrays.stream(logits(e)).max().orElse(0);
        double sum = 0;
        for (int c = e * classes; c < (e + 1) * classes; c++) {
          out[c] = Math.exp(logits[c] - max);
          sum += out[c];
        }
        for (int c = e * classes; c < (e + 1) * classes; c++) {
          out[c] /= sum;
        }
      }
      return out;
    }

    int prediction(int example) {
      double[] row = logits(example);
      int best = 0;
      for (int c = 1; c < row.length; c++) {
        if (row[c] > row[best]) {
          best = c;
        }
      }
      return best;
    }

    /** Cross-entropy of one example, in nats. */
    double loss(int example, int label) {
      double[] row = logits(example);
      double max = Arrays.stream(row).max().orElse(0);
      double sum = Arrays.stream(row).map(logit -> Math.exp(logit - max)).sum();
      return Math.log(sum) + max - row[label];
    }
  }
}
