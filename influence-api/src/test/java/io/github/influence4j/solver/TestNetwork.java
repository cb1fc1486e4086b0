/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A small network with all its derivatives by textbook loops, one weight at a time; shares no code
 * with what it checks.
 */
record TestNetwork(
    List<LayerSpec> layers,
    double[] weights,
    Activation activation,
    OutputLoss loss,
    Matrix inputs) {

  /** Random weights and examples; layers have biases but for the last. */
  static TestNetwork random(
      Random random, Activation activation, OutputLoss loss, int examples, int... sizes) {
    List<LayerSpec> layers = new ArrayList<>();
    for (int l = 0; l + 1 < sizes.length; l++) {
      LayerSpec layer = LayerSpec.linear("fc" + (l + 1), sizes[l], sizes[l + 1]);
      layers.add(l > 0 && l + 2 == sizes.length ? layer.withoutBias() : layer);
    }
    double[] weights = SeededRandom.gaussians(random, ParameterLayout.of(layers).size());
    Matrix inputs = Matrix.gaussian(random, examples, sizes[0]);
    return new TestNetwork(layers, weights, activation, loss, inputs);
  }

  int size() {
    return weights.length;
  }

  FeedForwardOperator operator() {
    return new FeedForwardOperator(layers, weights, activation, loss, inputs.values());
  }

  /** Gaussian right-hand sides. */
  double[][] vectors(Random random, int count) {
    double[][] out = new double[count][];
    Arrays.setAll(out, i -> SeededRandom.gaussians(random, size()));
    return out;
  }

  /** The mean of Jᵀ H J over all examples. */
  Matrix gaussNewton() {
    Matrix sum = Matrix.zeros(size(), size());
    for (int e = 0; e < inputs.rows(); e++) {
      Matrix jacobian = jacobian(e);
      sum = sum.plus(jacobian.transposed().times(hessian(outputs(e))).times(jacobian));
    }
    return sum.times(1.0 / inputs.rows());
  }

  /** {@code (G + λI)⁻¹ v} by Gaussian elimination, one λ a layer. */
  double[] solve(DampedSystem system, double[] vector) {
    Matrix damped = gaussNewton();
    for (int l = 0; l < layers.size(); l++) {
      for (int i = system.layout().offset(l); i < system.layout().offset(l + 1); i++) {
        damped.set(i, i, damped.get(i, i) + system.lambda(l));
      }
    }
    return damped.solve(Matrix.column(vector)).values();
  }

  double[] outputs(int example) {
    return forward(example, weights, new double[size()]).get(layers.size())[0];
  }

  /** [outputs, weights]. */
  private Matrix jacobian(int example) {
    int outputs = layers.get(layers.size() - 1).outputs();
    Matrix out = Matrix.zeros(outputs, size());
    for (int w = 0; w < size(); w++) {
      double[] direction = new double[size()];
      direction[w] = 1;
      double[] tangent = forward(example, weights, direction).get(layers.size())[1];
      for (int o = 0; o < outputs; o++) {
        out.set(o, w, tangent[o]);
      }
    }
    return out;
  }

  /** What goes into each layer, then the outputs: each with its derivative along a direction. */
  private List<double[][]> forward(int example, double[] w, double[] direction) {
    double[] a =
        Arrays.copyOfRange(
            inputs.values(), example * inputs.columns(), (example + 1) * inputs.columns());
    double[] da = new double[a.length];
    List<double[][]> all = new ArrayList<>();
    int offset = 0;
    for (int l = 0; l < layers.size(); l++) {
      LayerSpec layer = layers.get(l);
      all.add(new double[][] {a, da});
      int m = layer.gradientColumns();
      double[] s = new double[layer.outputs()];
      double[] ds = new double[layer.outputs()];
      for (int o = 0; o < s.length; o++) {
        for (int i = 0; i < m; i++) {
          double x = i < a.length ? a[i] : 1;
          double dx = i < a.length ? da[i] : 0;
          s[o] += w[offset + o * m + i] * x;
          ds[o] += w[offset + o * m + i] * dx + direction[offset + o * m + i] * x;
        }
      }
      offset += layer.outputs() * m;
      boolean last = l + 1 == layers.size();
      a = last ? s : Arrays.stream(s).map(this::activate).toArray();
      da = new double[s.length];
      for (int o = 0; o < s.length; o++) {
        da[o] = last ? ds[o] : ds[o] * slope(s[o]);
      }
    }
    all.add(new double[][] {a, da});
    return all;
  }

  private double activate(double s) {
    return switch (activation) {
      case RELU -> s > 0 ? s : 0;
      case TANH -> (Math.exp(2 * s) - 1) / (Math.exp(2 * s) + 1);
      case IDENTITY -> s;
    };
  }

  private double slope(double s) {
    return switch (activation) {
      case RELU -> s > 0 ? 1 : 0;
      case TANH -> 4 / Math.pow(Math.exp(s) + Math.exp(-s), 2);
      case IDENTITY -> 1;
    };
  }

  /** Of the loss by the outputs. */
  private Matrix hessian(double[] outputs) {
    Matrix root = hessianRoot(outputs);
    return root.times(root.transposed());
  }

  /** R with {@code R Rᵀ = H}: what the output gradients of all labels are, times √probability. */
  private Matrix hessianRoot(double[] outputs) {
    int n = outputs.length;
    if (loss != OutputLoss.SOFTMAX_CROSS_ENTROPY) {
      double factor = loss == OutputLoss.SQUARED_ERROR ? Math.sqrt(2) : 1;
      return Matrix.identity(n).times(factor);
    }
    double sum = Arrays.stream(outputs).map(Math::exp).sum();
    Matrix root = Matrix.zeros(n, n);
    for (int label = 0; label < n; label++) {
      for (int o = 0; o < n; o++) {
        double gradient = Math.exp(outputs[o]) / sum - (o == label ? 1 : 0);
        root.set(o, label, Math.sqrt(Math.exp(outputs[label]) / sum) * gradient);
      }
    }
    return root;
  }

  /** EK-FAC and its kin of the true Fisher, without the noise of sampling labels. */
  FittedCurvature fit(CurvatureStrategy strategy) {
    try (Influence influence =
        Influence.builder().layers(layers).strategy(strategy).backend("reference").build()) {
      return influence.fit(everyLabel());
    }
  }

  /**
   * For each example and label an example whose gradient at the outputs is {@code √k R e_label}:
   * the mean of its squares over all k N of them is G.
   */
  private GradientSource everyLabel() {
    return sink -> {
      for (int e = 0; e < inputs.rows(); e++) {
        Matrix root = hessianRoot(outputs(e));
        for (int label = 0; label < root.columns(); label++) {
          double[] atOutputs = new double[root.rows()];
          for (int o = 0; o < atOutputs.length; o++) {
            atOutputs[o] = Math.sqrt(root.columns()) * root.get(o, label);
          }
          sink.accept(gradients(e, atOutputs));
        }
      }
    };
  }

  /** One example's batch, for a gradient at the outputs. */
  GradientBatch gradients(int example, double[] atOutputs) {
    List<double[][]> forward = forward(example, weights, new double[size()]);
    LayerBatch[] batches = new LayerBatch[layers.size()];
    double[] ds = atOutputs;
    int offset = size();
    for (int l = layers.size() - 1; l >= 0; l--) {
      LayerSpec layer = layers.get(l);
      double[] a = forward.get(l)[0];
      batches[l] =
          new LayerBatch(
              layer.name(), TensorView.of(a, 1, a.length), TensorView.of(ds, 1, ds.length));
      int m = layer.gradientColumns();
      offset -= layer.outputs() * m;
      double[] before = new double[a.length];
      for (int i = 0; i < a.length; i++) {
        for (int o = 0; o < ds.length; o++) {
          before[i] += weights[offset + o * m + i] * ds[o];
        }
        before[i] *= l == 0 ? 1 : slopeAt(forward, l, i);
      }
      ds = before;
    }
    return GradientBatch.of(1, batches);
  }

  /** Of the activation that made input i of layer l. */
  private double slopeAt(List<double[][]> forward, int l, int i) {
    double a = forward.get(l)[0][i];
    return switch (activation) {
      case RELU -> a > 0 ? 1 : 0;
      case TANH -> 1 - a * a;
      case IDENTITY -> 1;
    };
  }
}
