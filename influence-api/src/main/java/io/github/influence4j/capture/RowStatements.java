/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a user stated about the rows of a model's layers, by {@link ModelTaps}, applied to the calls
 * of a forward pass; for adapters to frameworks.
 *
 * <pre>{@code
 * rows().begin();                                   // before the forward pass
 * int[] owners = rows().take("expert.1");           // in a call
 * GradientBatch batch = rows().arrange(..);         // after the backward pass
 * double[] weights = rows().weights(..);            // for a second one, where owners are to be
 * rows().verify(batch, layers, .., weights);        // verified
 * return rows().complete(batch, layers);
 * }</pre>
 */
public final class RowStatements {
  private final Map<String, RowLayout> layouts = new HashMap<>();
  private final Set<String> optional = new HashSet<>();
  private final Map<String, int[]> next = new HashMap<>();
  private final Set<String> verified = new HashSet<>();
  private RowLayout otherwise = RowLayout.UNSTATED;
  private String signature = "";
  private long batches;

  /** Nothing stated yet. */
  RowStatements() {}

  /**
   * States a layout.
   *
   * @param layout where the examples are
   * @param layers their names; none for all layers that are not named
   */
  void layout(RowLayout layout, String... layers) {
    if (layers.length == 0) {
      otherwise = layout;
    }
    for (String layer : layers) {
      layouts.put(layer, layout);
    }
  }

  /**
   * Allows batches not to call a layer.
   *
   * @param layers their names
   */
  void mayBeUncalled(String... layers) {
    optional.addAll(Arrays.asList(layers));
  }

  /**
   * Names the example of each row of a layer's next call.
   *
   * @param layer its name
   * @param examples numbers within the batch
   */
  void rowsOf(String layer, int... examples) {
    if (next.put(layer, examples.clone()) != null) {
      throw new IllegalStateException(
          "Layer \"" + layer + "\": rowsOf was called twice before the layer was called once.");
    }
  }

  /** Starts a forward pass. */
  public void begin() {
    next.clear();
  }

  /**
   * The owners named for a call that happens now.
   *
   * @param layer its name
   * @return the example of each row, null where nobody named them
   */
  public int @Nullable [] take(String layer) {
    return next.remove(layer);
  }

  private RowLayout layout(String layer) {
    return layouts.getOrDefault(layer, otherwise);
  }

  /**
   * Weights for the losses of the examples of a pass whose owners are to be verified: always, but
   * where all layers have a stated layout and calls of the same shapes were verified before. Ask
   * once a pass.
   *
   * @param examples of the batch
   * @param layers the layer of each call
   * @param inputs what each call was fed
   * @param type of the gradients
   * @return one an example, other ones each time; none at all where nothing is to be verified
   */
  public double[] weights(
      int examples, List<String> layers, List<TensorView> inputs, ElementType type) {
    return unverified(examples, layers, inputs)
        ? OwnerCheck.weights(examples, batches, type)
        : new double[0];
  }

  private boolean unverified(int examples, List<String> layers, List<TensorView> inputs) {
    batches++;
    StringBuilder shapes = new StringBuilder().append(examples);
    boolean stated = true;
    for (int i = 0; i < layers.size(); i++) {
      stated &= layout(layers.get(i)) != RowLayout.UNSTATED;
      shapes.append(layers.get(i)).append(inputs.get(i));
    }
    signature = shapes.toString();
    return examples > 1 && !(stated && verified.contains(signature));
  }

  /**
   * States the rows of all calls of a pass.
   *
   * @param rows how the output's rows belong to examples
   * @param calls what the layers saw, with owners where {@link #take} gave some
   * @param layers of the model
   * @param verifiable whether {@link #verify} can follow
   * @return one use a call, in the same order
   * @throws IllegalArgumentException if a call's owners cannot be told, or a mask leaves out rows
   *     that have gradients; the text names the layer
   */
  public GradientBatch arrange(
      BatchRows rows, List<LayerBatch> calls, List<LayerSpec> layers, boolean verifiable) {
    List<LayerBatch> arranged = new ArrayList<>();
    for (LayerBatch call : calls) {
      RowLayout layout = layout(call.layer());
      boolean stated = call.owners() != null || layout != RowLayout.UNSTATED;
      if (!verifiable && !stated && rows.examples() > 1) {
        throw new IllegalArgumentException(
            "Layer \""
                + call.layer()
                + "\": which example owns which row cannot be verified by a loss that is one number;"
                + " pass one loss an example to ofLosses, or state that the first dimension is the"
                + " examples with Taps.examplesFirst().");
      }
      LayerSpec spec = spec(layers, call);
      LayerBatch one = CallRows.arrange(rows, call, spec, layout);
      if (one.outputGradients().device() == null) {
        // Also of single examples and of shapes that were verified before, with another mask.
        OwnerCheck.requireNothingMasked(one, spec, one.outputGradients());
      }
      arranged.add(one);
    }
    return new GradientBatch(rows.examples(), arranged);
  }

  /**
   * Verifies the owners of a pass.
   *
   * @param batch what {@link #arrange} gave
   * @param layers of the model
   * @param plain for each call its output gradients in host memory; where the gradients are there
   *     too, the same linear functions of each of their rows will do
   * @param weighted for each call the same of the loss weighted by example
   * @param weights by {@link #weights}
   * @throws IllegalArgumentException if a row belongs to another example, or to several
   */
  public void verify(
      GradientBatch batch,
      List<LayerSpec> layers,
      List<TensorView> plain,
      List<TensorView> weighted,
      double[] weights) {
    for (int i = 0; i < weighted.size(); i++) {
      LayerBatch call = batch.layers().get(i);
      OwnerCheck.require(call, spec(layers, call), plain.get(i), weighted.get(i), weights);
    }
    verified.add(signature);
  }

  private static LayerSpec spec(List<LayerSpec> layers, LayerBatch call) {
    return layers.stream()
        .filter(layer -> layer.name().equals(call.layer()))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Ends a forward pass: adds the layers that had no row.
   *
   * @param batch of the calls
   * @param layers of the model
   * @return with empty uses of layers that may be uncalled, or whose owners were named to be none
   */
  public GradientBatch complete(GradientBatch batch, Iterable<LayerSpec> layers) {
    GradientBatch all = batch;
    for (LayerSpec spec : layers) {
      int[] left = next.get(spec.name());
      if (left != null && left.length > 0) {
        throw new IllegalStateException(
            "Layer \""
                + spec.name()
                + "\": rowsOf named the examples of "
                + left.length
                + " rows, but the layer was not called afterwards.");
      }
      if (left != null || optional.contains(spec.name())) {
        all = all.withUncalled(spec);
      }
    }
    return all;
  }

  /**
   * Checks that layers declared to share an input were fed the same, call by call.
   *
   * @param layers of the model
   * @param calls the layer of each call
   * @param input gives what tells the input of a call from others, by the number of the call
   * @param what the framework calls an input
   * @throws IllegalStateException if not; the text names the layer and what to do
   */
  public static void requireSharedInputs(
      List<LayerSpec> layers, List<String> calls, IntFunction<Object> input, String what) {
    for (LayerSpec layer : layers) {
      String owner = layer.inputOf();
      if (owner != null && !of(layer.name(), calls, input).equals(of(owner, calls, input))) {
        throw new IllegalStateException(
            "Layer \""
                + layer.name()
                + "\" was declared to share the input of \""
                + owner
                + "\" but was called with another "
                + what
                + "; compute the input once, or drop shareInput.");
      }
    }
  }

  private static List<Object> of(String layer, List<String> calls, IntFunction<Object> input) {
    List<Object> found = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).equals(layer)) {
        found.add(input.apply(i));
      }
    }
    return found;
  }
}
