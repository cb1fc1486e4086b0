/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.ModelTaps;
import io.github.influence4j.internal.text.VisibleText;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tracked layers of one model, and the record of their calls while gradients are captured.
 *
 * <pre>{@code
 * Taps taps = new Taps();
 * Linear q = addChildBlock("q", taps.linear("attention.q", Linear.builder().setUnits(768)));
 * Linear k = addChildBlock("k", taps.linear("attention.k", Linear.builder().setUnits(768)));
 * taps.shareInput("attention.k", "attention.q");
 * }</pre>
 *
 * <p>Not for several threads at once, as little as DJL's collection of gradients itself.
 */
public final class Taps extends ModelTaps<Taps> {
  private static final Logger LOGGER = System.getLogger(Taps.class.getName());

  private final Map<String, Block> blocks = new LinkedHashMap<>();
  private final Map<String, String> inputOwners = new LinkedHashMap<>();
  private final Set<Block> models = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean trainingMode;
  private @Nullable Tape tape;

  /** No layers yet. */
  public Taps() {}

  /**
   * Makes a linear layer that is tracked. A layer that is called several times in one forward pass
   * is made once.
   *
   * @param name unique in the model; appears in messages, scores and files
   * @param builder the layer's settings, not yet built
   * @return the layer, to be put where it belongs; its parameters are those of a layer made by
   *     {@code builder.build()}, so checkpoints of either load into the other
   */
  public Linear linear(String name, Linear.Builder builder) {
    return add(name, new TappedLinear(this::record, name, builder));
  }

  /**
   * Makes a convolution that is tracked.
   *
   * @param name unique in the model; appears in messages, scores and files
   * @param builder the layer's settings, not yet built
   * @return the layer, to be put where it belongs
   */
  public Conv2d conv2d(String name, Conv2d.Builder builder) {
    return add(name, new TappedConv2d(this::record, name, builder));
  }

  /**
   * Makes a one-dimensional convolution that is tracked.
   *
   * @param name unique in the model; appears in messages, scores and files
   * @param builder the layer's settings, not yet built
   * @return the layer, to be put where it belongs; DJL's {@code Conv1d} cannot be extended, so it
   *     is none, but its parameters are the same
   */
  public Convolution conv1d(String name, Conv1d.Builder builder) {
    return add(name, new TappedConv1d(this::record, name, builder));
  }

  /**
   * Declares that a layer is always fed the very values that another is fed, such as k and v beside
   * q, so that what depends on the input is computed once. Captures check it.
   *
   * @param layer the name of a tapped layer
   * @param owner the name of the layer whose input it shares
   * @return this
   */
  public Taps shareInput(String layer, String owner) {
    inputOwners.put(requireTapped(layer), requireTapped(owner));
    return this;
  }

  /**
   * What the library must know about the layers.
   *
   * @return in the order they were tapped
   * @throws IllegalStateException if the model is not initialized yet
   */
  public List<LayerSpec> layers() {
    return blocks.entrySet().stream().map(e -> spec(e.getKey(), e.getValue())).toList();
  }

  private LayerSpec spec(String name, Block block) {
    LayerSpec spec = LayerSpecs.of(name, block);
    String owner = inputOwners.get(name);
    return owner == null ? spec : spec.sharingInputOf(owner);
  }

  /**
   * Allows blocks that run in training mode whatever they are told, by calling their children so.
   * Batch statistics make an example's gradient depend on its batch, dropout on chance: neither
   * scores nor factors are then those of the model, and replays differ.
   *
   * @return this
   */
  public Taps allowTrainingMode() {
    trainingMode = true;
    return this;
  }

  /**
   * Runs a model, or a part of it, in evaluation mode: without dropout, and with the running
   * statistics of batch norms. While gradients are captured this is the only way to run it.
   *
   * @param model any block
   * @param inputs what the block takes
   * @return what it returns
   */
  public NDList forward(Block model, NDList inputs) {
    if (tape != null && models.add(model)) {
      tellTiedWeights(model);
    }
    ParameterStore parameters =
        tape == null ? new ParameterStore(inputs.getManager(), false) : tape.parameters();
    return model.forward(parameters, inputs, false);
  }

  /**
   * The same for models of one input and one output.
   *
   * @param model any block
   * @param input what the block takes
   * @return what it returns
   */
  public NDArray forward(Block model, NDArray input) {
    return forward(model, new NDList(input)).singletonOrThrow();
  }

  /**
   * Runs the model once and captures what each tapped layer saw, with the labels of the data; for
   * users who own the loop. {@link DjlGradients} does this for whole data sets.
   *
   * <pre>{@code
   * GradientSource train = sink -> {
   *   try (NDManager manager = NDManager.newBaseManager()) {
   *     NDArray x = manager.create(features);
   *     NDArray labels = manager.create(classes);
   *     sink.accept(taps.capture(
   *         manager, () -> ModelOutput.classification(taps.forward(net, x), labels)));
   *   }
   * };
   * }</pre>
   *
   * @param manager keeps the captured memory alive, and frees it
   * @param run calls the model by {@link #forward(Block, NDArray)}
   * @return a batch that borrows DJL's memory: valid until the manager closes
   */
  public GradientBatch capture(NDManager manager, Supplier<ModelOutput> run) {
    return capture(manager, run, ModelOutput::dataLoss);
  }

  GradientBatch capture(
      NDManager manager, Supplier<ModelOutput> run, Function<ModelOutput, Loss> loss) {
    if (tape != null) {
      throw new IllegalStateException("A capture of these layers is running already.");
    }
    List<LayerSpec> layers = layers();
    try (BufferGuard guard = BufferGuard.open();
        GradientCollector collector = manager.getEngine().newGradientCollector()) {
      guard.lastAsLongAs(manager);
      Tape current = new Tape(manager, new DetachedParameters(manager, guard, trainingMode), guard);
      tape = current;
      rows().begin();
      ModelOutput output = run.get();
      tape = null;
      return current.capture(collector, loss.apply(output), output.rows(), layers, rows());
    } finally {
      tape = null;
    }
  }

  /** Scores of a head tied to the embedding do not cover the embedding's part. */
  private void tellTiedWeights(Block model) {
    List<NDArray> arrays =
        model.getParameters().values().stream()
            .filter(Parameter::isInitialized)
            .map(Parameter::getArray)
            .toList();
    blocks.forEach(
        (layer, block) -> {
          NDArray weight = block.getDirectParameters().get("weight").getArray();
          if (arrays.stream().filter(array -> array == weight).count() > 1) {
            LOGGER.log(
                Level.WARNING,
                "Layer \"{0}\": its weight is the array of several parameters of the model; scores"
                    + " cover the part of its gradient that comes through the layer.",
                VisibleText.line(layer));
          }
        });
  }

  private NDList record(String layer, ParameterStore parameters, NDList inputs, NDList outputs) {
    if (tape == null) {
      return outputs;
    }
    if (parameters != tape.parameters()) {
      throw new IllegalStateException(
          "Layer \""
              + layer
              + "\" was called past Taps.forward while gradients are captured; run the model by"
              + " taps.forward(model, inputs), which leaves dropout out and the model's own"
              + " gradients alone.");
    }
    NDArray input = inputs.singletonOrThrow();
    return new NDList(tape.record(layer, input, outputs.singletonOrThrow(), rows().take(layer)));
  }

  @Override
  protected Set<String> names() {
    return blocks.keySet();
  }

  @Override
  protected boolean capturing() {
    return tape != null;
  }

  private <B extends Block> B add(String name, B block) {
    if (blocks.putIfAbsent(name, block) != null) {
      throw new IllegalArgumentException("Two layers are named \"" + name + "\".");
    }
    return block;
  }
}
