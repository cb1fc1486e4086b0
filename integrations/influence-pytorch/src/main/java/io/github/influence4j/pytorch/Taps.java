/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.ModelTaps;
import io.github.influence4j.internal.text.VisibleText;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Conv1dImpl;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The tracked layers of one model, and the record of their calls while gradients are captured.
 *
 * <pre>{@code
 * Taps taps = new Taps();
 * TappedLinear q = taps.linear("attention.q", register_module("q", new LinearImpl(768, 768)));
 * TappedLinear k = taps.linear("attention.k", register_module("k", new LinearImpl(768, 768)));
 * taps.shareInput("attention.k", "attention.q");
 * }</pre>
 *
 * <p>Not for several threads at once, as little as the model itself.
 */
public final class Taps extends ModelTaps<Taps> {
  private static final Logger LOGGER = System.getLogger(Taps.class.getName());

  private final Map<String, LayerSpec> specs = new LinkedHashMap<>();
  private final Map<String, Tensor> weights = new LinkedHashMap<>();
  // Weights lie inside modules, which must not be freed before them.
  private final Map<String, List<Module>> modules = new LinkedHashMap<>();
  private @Nullable WatchedModel model;
  private boolean trainingMode;
  private @Nullable Tape tape;
  private boolean passed;

  /**
   * No layers yet.
   *
   * @throws IllegalStateException if PyTorch cannot be loaded; says why and how to mend it
   */
  public Taps() {
    PyTorch.load();
  }

  /**
   * Taps a linear layer. A layer that is called several times in one forward pass (tied weights) is
   * tapped once; so are two modules that hold the same weight tensor, by giving both the same name.
   *
   * @param name unique in the model; appears in messages, scores and files
   * @param module the layer, registered where it belongs
   * @return what to call instead of the module
   */
  public TappedLinear linear(String name, LinearImpl module) {
    add(LayerSpecs.of(name, module), module.weight(), module);
    return new TappedLinear(this::call, name, module);
  }

  /**
   * Taps a convolution.
   *
   * @param name unique in the model; appears in messages, scores and files
   * @param module the layer, registered where it belongs
   * @return what to call instead of the module
   */
  public TappedConv2d conv2d(String name, Conv2dImpl module) {
    add(LayerSpecs.of(name, module), module.weight(), module);
    return new TappedConv2d(this::call, name, module);
  }

  /**
   * Taps a one-dimensional convolution.
   *
   * @param name unique in the model; appears in messages, scores and files
   * @param module the layer, registered where it belongs
   * @return what to call instead of the module
   */
  public TappedConv1d conv1d(String name, Conv1dImpl module) {
    add(LayerSpecs.of(name, module), module.weight(), module);
    return new TappedConv1d(this::call, name, module);
  }

  /**
   * Declares that a layer is always fed the very tensor that another is fed, such as k and v beside
   * q, so that what depends on the input is computed once. Captures check it.
   *
   * @param layer the name of a tapped layer
   * @param owner the name of the layer whose input it shares
   * @return this
   */
  public Taps shareInput(String layer, String owner) {
    specs.put(layer, spec(layer).sharingInputOf(spec(owner).name()));
    return this;
  }

  /**
   * Shows the whole model, whose modules a tap does not see. Each capture then refuses a module in
   * training mode, tapped or not. A tapped layer whose weight other modules hold too, such as a
   * head tied to the embedding, is logged as a WARNING: its scores cover the part of the weight's
   * gradient that comes through the layer.
   *
   * @param root of the model that the tapped layers are part of, complete
   * @return this
   */
  public Taps watch(Module root) {
    WatchedModel watched = new WatchedModel(root);
    weights.forEach(
        (layer, weight) -> {
          List<String> names = watched.parametersEqualTo(weight);
          if (names.size() > tappedHolders(layer, weight)) {
            LOGGER.log(
                Level.WARNING,
                "Layer \"{0}\": modules that are not tapped hold its weight too (the model has it as"
                    + " {1}); scores cover the part of its gradient that comes through the layer.",
                VisibleText.line(layer),
                VisibleText.line(names.toString()));
          }
        });
    model = watched;
    return this;
  }

  /** Tapped modules that have the weight among their registered parameters. */
  private long tappedHolders(String layer, Tensor weight) {
    return Objects.requireNonNull(modules.get(layer)).stream()
        .filter(module -> !new WatchedModel(module).parametersEqualTo(weight).isEmpty())
        .count();
  }

  /**
   * Allows captures in training mode. Batch statistics make an example's gradient depend on its
   * batch, dropout on chance: neither scores nor factors are then those of the model, and replays
   * differ.
   *
   * @return this
   */
  public Taps allowTrainingMode() {
    trainingMode = true;
    return this;
  }

  /**
   * What the library must know about the layers.
   *
   * @return in the order they were tapped
   */
  public List<LayerSpec> layers() {
    return List.copyOf(specs.values());
  }

  /** The parameters of the layers, in their order; refuses training mode. */
  List<LayerWeights> weights() {
    if (model != null && !trainingMode) {
      model.requireEvaluation();
    }
    List<LayerWeights> all = new ArrayList<>();
    weights.forEach(
        (name, weight) -> {
          List<Module> holders = Objects.requireNonNull(modules.get(name));
          holders.forEach(holder -> requireEvaluation(name, holder.is_training()));
          Map<Long, Tensor> biases = new LinkedHashMap<>(); // modules may share those, too
          holders.stream()
              .map(Taps::bias)
              .filter(Tensor::defined)
              .forEach(bias -> biases.putIfAbsent(TensorViews.address(bias), bias));
          all.add(new LayerWeights(spec(name), weight, List.copyOf(biases.values())));
        });
    return all;
  }

  private static Tensor bias(Module module) {
    if (module instanceof LinearImpl linear) {
      return linear.bias();
    }
    return module instanceof Conv1dImpl conv ? conv.bias() : ((Conv2dImpl) module).bias();
  }

  /**
   * Runs a part of the model, such as a block. While gradients are captured, what the part computes
   * is forgotten but for its result, and computed again, part by part, on the way back: the memory
   * that a capture takes beside what the tapped layers see grows with the largest part instead of
   * with all of them, for one more forward pass. Gradients are the same. In training mode, whose
   * random numbers would differ the second time, nothing is forgotten.
   *
   * @param input what the part is fed; all that it needs of the batch and that has a gradient
   * @param part calls tapped layers or not; does the same each time
   * @return what the part returns
   */
  public Tensor recomputed(Tensor input, UnaryOperator<Tensor> part) {
    return tape == null || passed ? part.apply(input) : tape.recomputed(input, part);
  }

  /**
   * Runs the model once and captures what each tapped layer saw, with the labels of the data; for
   * users who own the loop. {@link TorchGradients} does this for whole data sets.
   *
   * <pre>{@code
   * GradientSource train = sink -> {
   *   try (PointerScope scope = new PointerScope()) {
   *     sink.accept(taps.capture(() -> ModelOutput.classification(net.forward(x), labels)));
   *   }
   * };
   * }</pre>
   *
   * @param run calls the model
   * @return a batch that borrows PyTorch's memory: valid until the enclosing {@code PointerScope}
   *     closes
   */
  public GradientBatch capture(Supplier<ModelOutput> run) {
    return capture(run, ModelOutput::dataLoss);
  }

  @SuppressWarnings("try") // the mode is a guard
  GradientBatch capture(Supplier<ModelOutput> run, Function<ModelOutput, Loss> loss) {
    if (tape != null) {
      throw new IllegalStateException("A capture of these layers is running already.");
    }
    PointerScope scope = PointerScope.getInnerScope();
    if (scope == null) {
      throw new IllegalStateException(
          "Capture within try (PointerScope scope = new PointerScope()), which keeps the captured"
              + " memory alive, and frees it.");
    }
    if (model != null && !trainingMode) {
      model.requireEvaluation();
    }
    Tape current = new Tape(scope, trainingMode);
    try (AutoGradMode mode = new AutoGradMode(true)) {
      tape = current;
      rows().begin();
      ModelOutput output = run.get();
      passed = true;
      return current.capture(loss.apply(output), output.rows(), layers(), rows());
    } finally {
      tape = null;
      passed = false;
    }
  }

  private Tensor call(String name, boolean training, UnaryOperator<Tensor> layer, Tensor input) {
    if (passed && (tape == null || !tape.again())) {
      throw new IllegalStateException(
          "Layer \""
              + name
              + "\" was called after the forward pass, by the head of a ModelOutput; a head that is"
              + " run for some rows at a time cannot be tracked. Pass the logits instead:"
              + " classification(logits, labels).");
    }
    requireEvaluation(name, tape != null && training);
    Tensor output = layer.apply(input);
    if (tape != null) {
      tape.record(name, input, output, rows().take(name));
    }
    return output;
  }

  /** A layer has the mode of the model that it is part of. */
  private void requireEvaluation(String layer, boolean training) {
    if (training && !trainingMode) {
      throw new IllegalStateException(
          "Layer \""
              + layer
              + "\" is in training mode, where dropout and batch statistics falsify gradients; call"
              + " eval() on the model before its gradients are captured, or"
              + " taps.allowTrainingMode() if you mean it.");
    }
  }

  private LayerSpec spec(String name) {
    return Objects.requireNonNull(specs.get(requireTapped(name)));
  }

  @Override
  protected Set<String> names() {
    return specs.keySet();
  }

  @Override
  protected boolean capturing() {
    return tape != null;
  }

  private void add(LayerSpec spec, Tensor weight, Module module) {
    List<String> sameWeight = new ArrayList<>();
    weights.forEach(
        (name, other) -> {
          if (TensorViews.address(other) == TensorViews.address(weight)) {
            sameWeight.add(name);
          }
        });
    if (specs.containsKey(spec.name())) {
      if (!sameWeight.contains(spec.name())) {
        throw new IllegalArgumentException(
            "Two layers with different weights are named \"" + spec.name() + "\".");
      }
      Objects.requireNonNull(modules.get(spec.name())).add(module);
      return;
    }
    if (!sameWeight.isEmpty()) {
      throw new IllegalArgumentException(
          "Layer \""
              + spec.name()
              + "\" has the weight of \""
              + sameWeight.get(0)
              + "\"; give tied layers the same name.");
    }
    specs.put(spec.name(), spec);
    weights.put(spec.name(), Objects.requireNonNull(weight));
    modules.put(spec.name(), new ArrayList<>(List.of(module)));
  }
}
