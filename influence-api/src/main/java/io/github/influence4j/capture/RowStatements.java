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
import org.jspecify.annotations.Nullable;

/**
 * What a user stated about the rows of a model's layers; for adapters to frameworks.
 *
 * <pre>{@code
 * statements.layout(RowLayout.ROWS_FIRST, "lstm.x");   // once
 * statements.rowsOf("expert.1", 2, 0, 2);              // in the forward pass, before the call
 * int[] owners = statements.take("expert.1");          // in the call
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
  public RowStatements() {}

  /**
   * States a layout.
   *
   * @param layout where the examples are
   * @param layers their names; none for all layers that are not named
   */
  public void layout(RowLayout layout, String... layers) {
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
  public void mayBeUncalled(String... layers) {
    optional.addAll(Arrays.asList(layers));
  }

  /**
   * Names the example of each row of a layer's next call.
   *
   * @param layer its name
   * @param examples numbers within the batch
   */
  public void rowsOf(String layer, int... examples) {
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
   * Whether the owners of a pass are to be verified: always, but where all layers have a stated
   * layout and calls of the same shapes were verified before.
   *
   * @param examples of the batch
   * @param layers the layer of each call
   * @param inputs what each call was fed
   * @return true to verify now
   */
  public boolean unverified(int examples, List<String> layers, List<TensorView> inputs) {
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
   * @param plain for each call its output gradients, in host memory
   * @param weighted for each call those of the loss weighted by example
   * @param weights by {@link OwnerCheck#weights}
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
   * A seed for {@link OwnerCheck#weights}, another one for each pass.
   *
   * @return the number of passes so far
   */
  public long seed() {
    return batches;
  }
}
