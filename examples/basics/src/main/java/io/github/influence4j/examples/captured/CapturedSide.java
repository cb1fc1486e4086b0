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

  CapturedSide(
      Safetensors file, CaptureNames names, List<LayerSpec> layers, Side side, Kind gradient) {
    for (LayerSpec layer : layers) {
      for (int use = 0; use < names.uses(side, layer.name()); use++) {
        tensors.add(LayerTensors.read(file, side, gradient, layer.name(), use));
      }
    }
    examples = Math.toIntExact(tensors.get(0).activations().size(0));
    mask = names.has(side.mask()) ? Mask.read(file, side.mask(), examples) : null;
    TensorChecks checks = new TensorChecks(tensors.get(0));
    for (LayerSpec layer : layers) {
      Mask one = maskOf(file, names, side, layer);
      if (one != null) {
        masks.put(layer.name(), one);
      }
      for (LayerTensors use : usesOf(layer.name())) {
        checks.check(layer, use, usesOf(layer.name()).get(0), one);
      }
    }
    Check.that(
        mask == null || masks.containsValue(mask),
        "Tensor \"%s\" masks rows, but no layer has tensors [examples, rows, columns]; leave it out.",
        side.mask());
  }

  /** The one made for the layer, else that of the side where it speaks about the layer. */
  private @Nullable Mask maskOf(Safetensors file, CaptureNames names, Side side, LayerSpec layer) {
    boolean own = names.has(side.mask(layer.name()));
    Check.that(
        !own || layer.convolution() == null,
        "Tensor \"%s\" masks rows, but layer \"%s\" is a convolution; leave it out.",
        side.mask(layer.name()),
        layer.name());
    if (own) {
      return Mask.read(file, side.mask(layer.name()), examples);
    }
    if (mask == null || layer.convolution() != null) {
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
      List<ByteBuffer> memory = new ArrayList<>();
      for (LayerTensors use : tensors) {
        memory.add(use.activations().memory(most));
        memory.add(use.gradients().memory(most));
      }
      for (int first = 0; first < examples; first += size) {
        sink.accept(batch(first, Math.min(size, examples - first), memory));
      }
    };
  }

  /** Valid until the next batch is read into the same memory. */
  private GradientBatch batch(int first, int size, List<ByteBuffer> memory) {
    List<LayerBatch> layers = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      LayerTensors use = tensors.get(i);
      LayerBatch layer =
          new LayerBatch(
              use.layer(),
              use.activations().read(first, size, memory.get(2 * i)),
              use.gradients().read(first, size, memory.get(2 * i + 1)));
      Mask one = masks.get(use.layer());
      if (one != null) {
        layer = layer.withMask(one.range(first, size));
      }
      layers.add(layer);
    }
    return new GradientBatch(size, layers);
  }
}
