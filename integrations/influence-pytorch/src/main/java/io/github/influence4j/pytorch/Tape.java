/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.ones_like;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.RowStatements;
import io.github.influence4j.capture.TensorView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** The calls of one forward pass, and their gradients. */
final class Tape {
  private final PointerScope scope;
  private final boolean chance;
  private final List<Call> calls = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final Set<String> linear = new HashSet<>();
  private @Nullable String lastLayer;
  private long randomNumbers;
  private @Nullable ElementType type;

  /** The calls of a part while it runs. */
  private @Nullable List<Call> ofPart;

  private boolean again;

  /**
   * A call with the gradient at its output, and what is kept of the gradients of the loss and of
   * the weighted loss to compare them.
   */
  private record Captured(
      Call call, Tensor gradient, @Nullable Tensor plain, @Nullable Tensor weighted) {}

  /**
   * Records the calls of a model.
   *
   * @param scope keeps what is captured
   * @param chance whether chance may have a part in the model
   */
  Tape(PointerScope scope, boolean chance) {
    this.scope = scope;
    this.chance = chance;
  }

  /** Records a call; an output that nothing so far wants the gradient of starts to want it. */
  void record(String layer, Tensor input, Tensor output, int @Nullable [] owners) {
    requireNoChance(layer);
    boolean forgotten = ofPart != null && !again;
    if (!forgotten && !output.requires_grad()) {
      output.requires_grad_(true);
    }
    Call call = Call.of(scope, layer, input, output, owners);
    (ofPart == null ? calls : ofPart).add(call);
    type = call.type();
  }

  /** Whether a part runs again, after the forward pass. */
  boolean again() {
    return again;
  }

  /** Runs a part of the model, of which it keeps the ends only, unless chance has a part in it. */
  @SuppressWarnings("try") // scope and mode are guards
  Tensor recomputed(Tensor input, UnaryOperator<Tensor> function) {
    if (chance || ofPart != null) {
      return function.apply(input);
    }
    Tensor kept = new Tensor(input);
    scope.attach(kept);
    List<Call> seen = new ArrayList<>();
    ofPart = seen;
    try (PointerScope inner = new PointerScope();
        NoGradGuard mode = new NoGradGuard()) {
      Tensor output = function.apply(input).detach();
      scope.attach(output);
      output.requires_grad_(input.requires_grad() || !seen.isEmpty());
      List<String> layers = seen.stream().map(Call::layer).toList();
      List<TensorView> shapes = seen.stream().map(Call::inputView).toList();
      parts.add(new Part(kept, function, output, layers, shapes));
      return output;
    } finally {
      ofPart = null;
      seen.forEach(call -> call.forget(scope));
    }
  }

  /** Tells dropout of any kind between two layers, that of functions without a module too. */
  private void requireNoChance(String layer) {
    long state = RandomNumbers.state();
    if (!chance && lastLayer != null && state != randomNumbers) {
      throw new IllegalStateException(
          "Random numbers were drawn between the layers \""
              + lastLayer
              + "\" and \""
              + layer
              + "\" while gradients were captured, as dropout in training mode does; call eval() on"
              + " the model and all of its modules, or taps.allowTrainingMode() if you mean it.");
    }
    lastLayer = layer;
    randomNumbers = state;
  }

  /** Differentiates with respect to the outputs only: no weight gradient is formed. */
  GradientBatch capture(
      Loss loss, BatchRows rows, List<LayerSpec> layers, RowStatements statements) {
    calls.forEach(Call::requireUnchanged);
    ElementType gradientType = requireCallsAndOneNumber(loss.sum());
    layers.stream()
        .filter(layer -> layer.convolution() == null)
        .forEach(layer -> linear.add(layer.name()));
    List<String> names = new ArrayList<>(calls.stream().map(Call::layer).toList());
    List<TensorView> shapes = new ArrayList<>(calls.stream().map(Call::inputView).toList());
    for (Part part : parts) {
      names.addAll(part.layers());
      shapes.addAll(part.shapes());
    }
    double[] weights = statements.weights(rows.examples(), names, shapes, gradientType);
    Tensor weighted = weights.length == 0 ? null : loss.weighted(weights);
    List<Captured> captured = captured(loss.sum(), weighted);
    RowStatements.requireSharedInputs(
        layers, names, call -> TensorViews.address(captured.get(call).call().input()), "tensor");
    GradientBatch batch =
        statements.arrange(
            rows,
            captured.stream().map(found -> found.call().seen(found.gradient())).toList(),
            layers,
            loss.parts() != null);
    if (weighted != null) {
      statements.verify(
          batch,
          layers,
          captured.stream().map(found -> compared(found, found.plain())).toList(),
          captured.stream().map(found -> compared(found, found.weighted())).toList(),
          weights);
    }
    calls.forEach(call -> call.forgetOutput(scope));
    return statements.complete(batch, layers);
  }

  private static TensorView compared(Captured found, @Nullable Tensor kept) {
    return found.call().hostView(Objects.requireNonNull(kept));
  }

  private ElementType requireCallsAndOneNumber(Tensor loss) {
    if (type == null) {
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
    return type;
  }

  /**
   * Backwards through the parts, the last first, then through what is before, between and behind
   * them. Calls outside of parts come first.
   *
   * @param weighted the loss weighted by example, which takes a second pass; null for none
   */
  private List<Captured> captured(Tensor loss, @Nullable Tensor weighted) {
    Roots first = Roots.of(loss, ones_like(loss));
    Roots second = weighted == null ? null : Roots.of(weighted, ones_like(weighted));
    List<Captured> found = new ArrayList<>();
    boolean any = false;
    for (int p = parts.size() - 1; p >= 0; p--) {
      if (!parts.get(p).layers().isEmpty() || parts.get(p).output().requires_grad()) {
        List<Captured> ofThis = new ArrayList<>();
        any |= capture(parts.get(p), first, second, ofThis);
        found.addAll(0, ofThis);
      }
    }
    if (!calls.isEmpty()) {
      List<Captured> outside = new ArrayList<>();
      any |= capture(calls, first, second, outside);
      found.addAll(0, outside);
    }
    if (!any) {
      throw new IllegalArgumentException(
          "The loss depends on no tapped layer; compute it from the model's output without"
              + " detach().");
    }
    return found;
  }

  /** Runs a part again; returns whether the loss depends on it. */
  @SuppressWarnings("try") // the scope is a guard
  private boolean capture(Part part, Roots first, @Nullable Roots second, List<Captured> captured) {
    try (PointerScope inner = new PointerScope()) {
      List<Tensor> end = List.of(part.output());
      Tensor gradient = first.gradients(end, true).get(0);
      Tensor other = second == null ? null : second.gradients(end, true).get(0);
      Tensor input = part.input().detach().requires_grad_(part.input().requires_grad());
      List<Call> seen = new ArrayList<>();
      Tensor output = runAgain(part, input, seen);
      if (!gradient.defined()) {
        seen.forEach(call -> captured.add(zeros(call, second != null)));
        seen.forEach(call -> call.forgetOutput(scope));
        return false;
      }
      Roots own = Roots.of(output, gradient);
      Roots ownOther = other == null ? null : Roots.of(output, other);
      if (input.requires_grad()) {
        seen.add(Call.of(scope, "", input, input, null)); // a root of what is before
      }
      capture(seen, own, ownOther, captured);
      seen.forEach(call -> call.forgetOutput(scope)); // with it the graph of this part
      if (input.requires_grad()) {
        Captured before = captured.remove(captured.size() - 1);
        first.add(part.input(), before.gradient());
        Tensor weighted = before.weighted();
        if (second != null && weighted != null) {
          second.add(part.input(), weighted);
        }
      }
      return true;
    }
  }

  private Tensor runAgain(Part part, Tensor input, List<Call> seen) {
    ofPart = seen;
    again = true;
    try {
      Tensor output = part.function().apply(input);
      part.requireSame(seen.stream().map(Call::layer).toList());
      return output;
    } finally {
      ofPart = null;
      again = false;
    }
  }

  /**
   * Gradients at the outputs of calls; returns whether anything depends on one. Those of the
   * weighted loss come first, and little is kept of them, so that there are never two sets.
   */
  private boolean capture(
      List<Call> seen, Roots first, @Nullable Roots second, List<Captured> captured) {
    List<Tensor> outputs = seen.stream().map(Call::output).toList();
    List<Tensor> others = second == null ? List.of() : weighted(seen, outputs, second);
    List<Tensor> gradients = first.gradients(outputs, false);
    boolean any = false;
    for (int i = 0; i < seen.size(); i++) {
      any |= gradients.get(i).defined();
      Tensor gradient = kept(gradients.get(i), outputs.get(i));
      captured.add(
          second == null
              ? new Captured(seen.get(i), gradient, null, null)
              : new Captured(seen.get(i), gradient, sketch(seen.get(i), gradient), others.get(i)));
    }
    return any;
  }

  @SuppressWarnings("try") // the scope is a guard
  private List<Tensor> weighted(List<Call> seen, List<Tensor> outputs, Roots second) {
    try (PointerScope inner = new PointerScope()) {
      List<Tensor> gradients = second.gradients(outputs, true);
      List<Tensor> out = new ArrayList<>();
      for (int i = 0; i < seen.size(); i++) {
        Tensor gradient = gradients.get(i);
        Tensor whole = gradient.defined() ? gradient.contiguous() : zeros_like(outputs.get(i));
        out.add(sketch(seen.get(i), whole));
      }
      return out;
    }
  }

  private Captured zeros(Call call, boolean twice) {
    Tensor zeros = zeros_like(call.output());
    scope.attach(zeros);
    Tensor sketch = twice ? sketch(call, zeros) : null;
    return new Captured(call, zeros, sketch, sketch);
  }

  private Tensor sketch(Call call, Tensor gradient) {
    boolean rows = linear.contains(call.layer()) && RowSketch.suits(gradient);
    Tensor sketch = rows ? RowSketch.of(gradient) : gradient;
    scope.attach(sketch);
    return sketch;
  }

  private Tensor kept(Tensor gradient, Tensor output) {
    Tensor kept = gradient.defined() ? gradient.contiguous() : zeros_like(output);
    scope.attach(kept);
    return kept;
  }
}
