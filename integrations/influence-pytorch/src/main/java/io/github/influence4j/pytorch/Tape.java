/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.RowStatements;
import io.github.influence4j.capture.TensorView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/** The calls of one forward pass, and their gradients. */
final class Tape {
  private final List<Call> calls = new ArrayList<>();
  private final boolean chance;
  private long randomNumbers;

  /**
   * One call of one layer. The versions count changes in place, which would falsify what was
   * recorded without PyTorch noticing: it reads the input for the weight gradient only.
   */
  private record Call(
      String layer,
      Tensor input,
      Tensor output,
      long inputVersion,
      long outputVersion,
      int @Nullable [] owners) {}

  /** Records the calls of a model in which chance may have a part. */
  Tape(boolean chance) {
    this.chance = chance;
  }

  /** Records a call; an output that nothing so far wants the gradient of starts to want it. */
  void record(String layer, Tensor input, Tensor output, int @Nullable [] owners) {
    requireNoChance(layer);
    if (!output.requires_grad()) {
      output.requires_grad_(true);
    }
    // References of our own: the model may close its tensors.
    Tensor x = new Tensor(input);
    Tensor y = new Tensor(output);
    calls.add(new Call(layer, x, y, x._version(), y._version(), owners));
  }

  /** Tells dropout of any kind between two layers, that of functions without a module too. */
  private void requireNoChance(String layer) {
    long state = RandomNumbers.state();
    if (!chance && !calls.isEmpty() && state != randomNumbers) {
      throw new IllegalStateException(
          "Random numbers were drawn between the layers \""
              + calls.get(calls.size() - 1).layer()
              + "\" and \""
              + layer
              + "\" while gradients were captured, as dropout in training mode does; call eval() on"
              + " the model and all of its modules, or taps.allowTrainingMode() if you mean it.");
    }
    randomNumbers = state;
  }

  /** Differentiates with respect to the outputs only: no weight gradient is formed. */
  GradientBatch capture(
      Loss loss, BatchRows rows, List<LayerSpec> layers, RowStatements statements) {
    requireUnchanged();
    requireCallsAndOneNumber(loss.sum());
    boolean verifiable = loss.parts() != null;
    List<Tensor> gradients = gradients(loss.sum(), verifiable);
    List<TensorView> views = views(gradients);
    RowStatements.requireSharedInputs(
        layers, layerOfCalls(), call -> TensorViews.address(calls.get(call).input()), "tensor");
    List<LayerBatch> seen = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      String what = "Layer \"" + call.layer() + "\": its input";
      TensorView input = TensorViews.of(what, call.input().detach().contiguous());
      LayerBatch batch = new LayerBatch(call.layer(), input, views.get(i));
      seen.add(call.owners() == null ? batch : batch.withRowsOf(call.owners()));
    }
    GradientBatch batch = statements.arrange(rows, seen, layers, verifiable);
    verify(loss, gradients, batch, layers, statements);
    return statements.complete(batch, layers);
  }

  /** A second backward pass over the same graph, with the examples weighted. */
  private void verify(
      Loss loss,
      List<Tensor> plain,
      GradientBatch batch,
      List<LayerSpec> layers,
      RowStatements statements) {
    List<TensorView> inputs = batch.layers().stream().map(LayerBatch::activations).toList();
    ElementType type = batch.layers().get(0).outputGradients().type();
    double[] weights = statements.weights(batch.examples(), layerOfCalls(), inputs, type);
    Tensor weighted = weights.length == 0 ? null : loss.weighted(weights);
    if (weighted != null) {
      List<TensorView> others = hostViews(gradients(weighted, false));
      statements.verify(batch, layers, hostViews(plain), others, weights);
    }
  }

  private List<TensorView> hostViews(List<Tensor> gradients) {
    return views(gradients.stream().map(Tensor::cpu).toList());
  }

  private List<TensorView> views(List<Tensor> gradients) {
    List<TensorView> views = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      String what = "Layer \"" + calls.get(i).layer() + "\": its output gradient";
      views.add(TensorViews.of(what, gradients.get(i).contiguous()));
    }
    return views;
  }

  private void requireCallsAndOneNumber(Tensor loss) {
    if (calls.isEmpty()) {
      throw new IllegalStateException(
          "The model called no tapped layer; call forward of what Taps returned, not of the module"
              + " inside.");
    }
    if (loss.numel() != 1 || !loss.requires_grad()) {
      throw new IllegalArgumentException(
          "The loss must be one number that depends on the tapped layers, got shape "
              + Arrays.toString(TensorViews.shape(loss))
              + "; sum it, and compute it from the model's output without detach().");
    }
  }

  private List<Tensor> gradients(Tensor loss, boolean again) {
    TensorVector outputs = new TensorVector();
    calls.forEach(call -> outputs.push_back(call.output()));
    TensorVector found =
        grad(
            new TensorVector(loss),
            outputs,
            new TensorVector(),
            new BoolOptional(again),
            false,
            true);
    List<Tensor> gradients = new ArrayList<>();
    boolean any = false;
    for (int i = 0; i < calls.size(); i++) {
      Tensor gradient = found.get(i);
      any |= gradient.defined();
      gradients.add(gradient.defined() ? gradient : zeros_like(calls.get(i).output()));
    }
    if (!any) {
      throw new IllegalArgumentException(
          "The loss depends on no tapped layer; compute it from the model's output without"
              + " detach().");
    }
    return gradients;
  }

  private void requireUnchanged() {
    for (Call call : calls) {
      boolean input = call.input()._version() != call.inputVersion();
      if (input || call.output()._version() != call.outputVersion()) {
        throw new IllegalStateException(
            "Layer \""
                + call.layer()
                + "\": its "
                + (input ? "input" : "output")
                + " was changed in place after the call; use the operation without the trailing _"
                + " (relu instead of relu_).");
      }
    }
  }

  private List<String> layerOfCalls() {
    return calls.stream().map(Call::layer).toList();
  }
}
