/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import java.util.ArrayList;
import java.util.List;

/** Shows digits to the model and hands over what each layer saw: the bridge to Influence4J. */
final class MlpGradients {
  private static final int BATCH = 256;

  private MlpGradients() {}

  /** Gradients of the digits' own losses: for queries, and for training digits to be scored. */
  static GradientSource ofLoss(Mlp model, Digits data) {
    return source(model, data, (pass, example, index) -> data.labels()[example]);
  }

  /**
   * Gradients for labels drawn from the model's own predictions, which make the true Fisher: for
   * fitting the curvature.
   */
  static GradientSource ofSampledLabels(Mlp model, Digits data, long seed) {
    LabelSampler sampler = new LabelSampler(seed);
    return source(
        model, data, (pass, example, index) -> sampler.softmax(pass.logits(index), example, 0));
  }

  private static GradientSource source(Mlp model, Digits data, Labeller labeller) {
    return sink -> {
      for (int first = 0; first < data.size(); first += BATCH) {
        Digits batch = data.range(first, Math.min(first + BATCH, data.size()));
        Mlp.Pass pass = model.forward(batch.pixels(), batch.size());
        int[] labels = new int[batch.size()];
        for (int i = 0; i < labels.length; i++) {
          labels[i] = labeller.label(pass, first + i, i);
        }
        sink.accept(capture(model, pass, model.backward(pass, labels)));
      }
    };
  }

  private static GradientBatch capture(Mlp model, Mlp.Pass pass, List<double[]> gradients) {
    int examples = pass.examples();
    List<LayerSpec> specs = model.specs();
    List<LayerBatch> layers = new ArrayList<>();
    for (int l = 0; l < specs.size(); l++) {
      LayerSpec spec = specs.get(l);
      layers.add(
          new LayerBatch(
              spec.name(),
              TensorView.of(pass.inputs().get(l), examples, spec.inputs()),
              TensorView.of(gradients.get(l), examples, spec.outputs())));
    }
    return new GradientBatch(examples, layers);
  }

  /** Decides which label's loss is differentiated. */
  private interface Labeller {
    int label(Mlp.Pass pass, int example, int indexInPass);
  }
}
