/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.store.Safetensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The training examples, or the queries: a source of gradients that reads the file batch by batch.
 */
final class CapturedSide {
  private static final int BATCH_EXAMPLES = 256;
  private static final long BATCH_BYTES = 64L << 20;

  private final List<LayerTensors> tensors = new ArrayList<>();
  private final int examples;
  private final @Nullable Mask mask;
  private final Map<String, Mask> masks = new HashMap<>();
  private final AtomicReference<@Nullable List<ByteBuffer>> memory = new AtomicReference<>();

  CapturedSide(
      Safetensors file,
      CaptureNames names,
      LayerKinds kinds,
      List<LayerSpec> layers,
      Side side,
      Kind gradient) {
    Layouts layouts = new Layouts(file, names, kinds, side, layers);
    for (LayerSpec layer : layers) {
      for (int use = 0; use < names.uses(side, layer.name()); use++) {
        LayerTensors found = LayerTensors.read(file, side, gradient, layer.name(), use);
        tensors.add(layouts.of(layer, use, found));
      }
    }
    examples = layouts.examples();
    mask = names.has(side.mask()) ? Mask.read(file, side.mask(), examples) : null;
    for (LayerSpec layer : layers) {
      Mask one = maskOf(file, names, side, layer);
      if (one != null) {
        masks.put(layer.name(), one);
      }
      for (LayerTensors use : usesOf(layer.name())) {
        TensorChecks.check(layer, use, usesOf(layer.name()).get(0), one);
      }
    }
    Check.that(
        mask == null || masks.containsValue(mask),
        "Tensor \"%s\" masks rows, but no layer has rows that it speaks about, [examples, rows,"
            + " columns]; leave it out.",
        side.mask());
  }

  /** The one made for the layer, else that of the side where it speaks about the layer. */
  private @Nullable Mask maskOf(Safetensors file, CaptureNames names, Side side, LayerSpec layer) {
    boolean own = names.has(side.mask(layer.name()));
    boolean stated = first(layer.name()).layout() instanceof StatedRows;
    Check.that(
        !own || !stated,
        "Tensor \"%s\" masks rows, but \"%s\" names the example of each; write -1 there for rows that"
            + " do not count, and leave the mask out.",
        side.mask(layer.name()),
        side.rows(layer.name(), 0));
    Check.that(
        !own || layer.convolution() == null,
        "Tensor \"%s\" masks rows, but layer \"%s\" is a convolution; leave it out.",
        side.mask(layer.name()),
        layer.name());
    if (own) {
      return Mask.read(file, side.mask(layer.name()), examples);
    }
    if (mask == null || layer.convolution() != null || stated) {
      return null;
    }
    return mask.appliesTo(first(layer.name()).activations()) ? mask : null;
  }

  private List<LayerTensors> usesOf(String layer) {
    return tensors.stream().filter(use -> use.layer().equals(layer)).toList();
  }

  int examples() {
    return examples;
  }

  /** How often a layer is used in one forward pass. */
  int uses(String layer) {
    return usesOf(layer).size();
  }

  /** The first use of a layer. */
  LayerTensors first(String layer) {
    return usesOf(layer).get(0);
  }

  /** The mask of the side. */
  @Nullable Mask mask() {
    return mask;
  }

  /** The mask of a layer's rows. */
  @Nullable Mask mask(String layer) {
    return masks.get(layer);
  }

  GradientSource source() {
    long bytes = tensors.stream().mapToLong(LayerTensors::bytesPerExample).sum();
    int size = (int) Math.max(1, Math.min(BATCH_EXAMPLES, BATCH_BYTES / Math.max(1, bytes)));
    int most = Math.min(size, examples);
    return sink -> {
      // The memory of an earlier pass, if none is going on: new pages cost more than the reading.
      List<ByteBuffer> spare = memory.getAndSet(null);
      List<ByteBuffer> mine = spare == null ? allocate(most) : spare;
      for (int first = 0; first < examples; first += size) {
        sink.accept(batch(first, Math.min(size, examples - first), mine));
      }
      memory.set(mine);
    };
  }

  private List<ByteBuffer> allocate(int most) {
    List<ByteBuffer> out = new ArrayList<>();
    for (LayerTensors use : tensors) {
      int parts = use.layout().most(most);
      out.add(use.activations().memory(use.layout().leading(), parts));
      out.add(use.gradients().memory(use.layout().leading(), parts));
    }
    return out;
  }

  /** Valid until the next batch is read into the same memory. */
  private GradientBatch batch(int first, int size, List<ByteBuffer> memory) {
    List<LayerBatch> layers = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      LayerTensors use = tensors.get(i);
      Layout layout = use.layout();
      int[] parts = layout.parts(first, size);
      LayerBatch layer =
          new LayerBatch(
              use.layer(),
              use.activations().read(layout.leading(), parts, memory.get(2 * i)),
              use.gradients().read(layout.leading(), parts, memory.get(2 * i + 1)));
      int[] owners = layout.owners(first, size);
      if (owners != null) {
        layer = layer.withRowsOf(owners);
      }
      Mask one = masks.get(use.layer());
      if (one != null) {
        layer = layer.withMask(layout.inOrder(one.range(first, size), size));
      }
      layers.add(layer);
    }
    return new GradientBatch(size, layers);
  }
}
