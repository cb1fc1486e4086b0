/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import java.util.ArrayList;
import java.util.List;

/** What the layers of a trained {@link Perceptron} see, for Influence4J. */
final class TaskGradients {
  private TaskGradients() {}

  /** Gradients of the samples' own losses. */
  static GradientSource ofLoss(Perceptron model, double[] weights, Samples samples) {
    return sink -> sink.accept(batch(model, Pass.of(model, weights, samples).backwardFromLoss()));
  }

  /** Gradients for targets drawn from the model's own predictions: the true Fisher. */
  static GradientSource ofSampledTargets(
      Perceptron model, double[] weights, Samples samples, long seed) {
    return sink ->
        sink.accept(batch(model, sampled(model, weights, samples, new LabelSampler(seed))));
  }

  /** Forward, and backward from targets drawn from the model's own predictions. */
  static Pass sampled(Perceptron model, double[] weights, Samples samples, LabelSampler sampler) {
    Pass pass = Pass.of(model, weights, samples);
    double[] targets = new double[samples.size()];
    int each = pass.outputsEach();
    for (int e = 0; e < targets.length; e++) {
      targets[e] = model.head().sample(sampler, pass.outputs(), e * each, each, e);
    }
    return pass.backwardFrom(targets);
  }

  private static GradientBatch batch(Perceptron model, Pass pass) {
    List<LayerBatch> layers = new ArrayList<>();
    int samples = pass.outputs().length / pass.outputsEach();
    for (int l = 0; l < model.layers().size(); l++) {
      LayerSpec layer = model.layers().get(l);
      layers.add(
          new LayerBatch(
              layer.name(),
              TensorView.of(pass.input(l), samples, layer.inputs()),
              TensorView.of(pass.gradient(l), samples, layer.outputs())));
    }
    return new GradientBatch(samples, layers);
  }
}
