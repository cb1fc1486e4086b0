/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The training examples or the queries of {@link CapturedGradients}: a source of gradients that
 * reads the file batch by batch, or only the examples that it is asked for, and what was captured
 * of each layer.
 *
 * <pre>{@code
 * CapturedExamples train = captures.training();
 * influence.selfInfluence(curvature, train, SelfInfluenceOptions.defaults());
 * long[] shape = train.inputShape("fc1"); // [examples, ..., inputs]
 * }</pre>
 */
public final class CapturedExamples implements IndexedGradients {
  private static final int BATCH_EXAMPLES = 256;
  private static final long BATCH_BYTES = 64L << 20;

  private final List<CaptureUse> tensors = new ArrayList<>();
  private final int examples;
  private final @Nullable CaptureMask mask;
  private final Map<String, CaptureMask> masks = new HashMap<>();

  CapturedExamples(
      Safetensors file,
      CaptureNames names,
      List<LayerSpec> layers,
      CaptureSide side,
      CaptureKind gradient) {
    for (LayerSpec layer : layers) {
      for (int use = 0; use < names.uses(side, layer.name()); use++) {
        tensors.add(CaptureUse.read(file, side, gradient, layer.name(), use));
      }
    }
    examples = Math.toIntExact(tensors.get(0).activations().size(0));
    mask = names.has(side.mask()) ? CaptureMask.read(file, side.mask(), examples) : null;
    CaptureChecks checks = new CaptureChecks(tensors.get(0));
    for (LayerSpec layer : layers) {
      CaptureMask one = maskOf(file, names, side, layer);
      if (one != null) {
        masks.put(layer.name(), one);
      }
      for (CaptureUse use : usesOf(layer.name())) {
        checks.check(layer, use, usesOf(layer.name()).get(0), one);
      }
    }
    Check.that(
        mask == null || masks.containsValue(mask),
        "Tensor \"%s\" masks rows, but no layer has tensors [examples, rows, columns]; leave it"
            + " out.",
        side.mask());
  }

  /** The one made for the layer, else that of the side where it speaks about the layer. */
  private @Nullable CaptureMask maskOf(
      Safetensors file, CaptureNames names, CaptureSide side, LayerSpec layer) {
    boolean own = names.has(side.mask(layer.name()));
    Check.that(
        !own || layer.convolution() == null,
        "Tensor \"%s\" masks rows, but layer \"%s\" is a convolution; leave it out.",
        side.mask(layer.name()),
        layer.name());
    if (own) {
      return CaptureMask.read(file, side.mask(layer.name()), examples);
    }
    if (mask == null || layer.convolution() != null) {
      return null;
    }
    return mask.appliesTo(first(layer.name()).activations()) ? mask : null;
  }

  private List<CaptureUse> usesOf(String layer) {
    return tensors.stream().filter(use -> use.layer().equals(layer)).toList();
  }

  private CaptureUse first(String layer) {
    List<CaptureUse> uses = usesOf(layer);
    if (uses.isEmpty()) {
      throw new IllegalArgumentException(
          "No layer named \""
              + layer
              + "\" was captured; there are "
              + tensors.stream().map(CaptureUse::layer).distinct().toList()
              + ".");
    }
    return uses.get(0);
  }

  @Override
  public long examples() {
    return examples;
  }

  /**
   * How often a layer is used in one forward pass.
   *
   * @param layer its name
   * @return 1, or more for a tied layer
   */
  public int uses(String layer) {
    first(layer);
    return usesOf(layer).size();
  }

  /**
   * The shape of a layer's inputs.
   *
   * @param layer its name
   * @return a copy; [examples, ..., inputs], or of a convolution [examples, channels, ...]
   */
  public long[] inputShape(String layer) {
    return first(layer).activations().shape();
  }

  /**
   * The shape of a layer's output gradients.
   *
   * @param layer its name
   * @return a copy; [examples, ..., outputs], or of a convolution [examples, channels, ...]
   */
  public long[] outputShape(String layer) {
    return first(layer).gradients().shape();
  }

  /**
   * How many rows an example has in one use of a layer.
   *
   * @param layer its name
   * @return T, padding included; the positions of a convolution's output
   */
  public int rows(String layer) {
    return first(layer).rows();
  }

  /**
   * The mask of the side, {@code train.mask} or {@code query.mask}.
   *
   * @return a copy; [examples · rows], false for padding; null where there is none
   */
  public boolean @Nullable [] mask() {
    return mask == null ? null : mask.kept().clone();
  }

  /**
   * The mask of a layer's rows: its own, or that of the side where it speaks about the layer.
   *
   * @param layer its name
   * @return a copy; [examples · rows], false for padding; null where there is none
   */
  public boolean @Nullable [] mask(String layer) {
    first(layer);
    CaptureMask one = masks.get(layer);
    return one == null ? null : one.kept().clone();
  }

  @Override
  public void replay(GradientSink sink) {
    replay(List.of(new Run(0, examples)), sink);
  }

  /**
   * The gradients of some examples; the others are not read.
   *
   * @throws IllegalArgumentException if there is no example of a number
   */
  @Override
  public GradientSource examples(long... numbers) {
    List<Run> runs = new ArrayList<>();
    for (long number : numbers) {
      Check.that(
          number >= 0 && number < examples,
          "There is no example %d; the file has %d, numbered from 0.",
          number,
          examples);
      int last = runs.size() - 1;
      if (last >= 0 && runs.get(last).first() + runs.get(last).count() == number) {
        runs.set(last, new Run(runs.get(last).first(), runs.get(last).count() + 1));
      } else {
        runs.add(new Run((int) number, 1));
      }
    }
    return sink -> replay(runs, sink);
  }

  /** Consecutive examples. */
  private record Run(int first, int count) {}

  private void replay(List<Run> runs, GradientSink sink) {
    if (runs.isEmpty()) {
      return;
    }
    long bytes = tensors.stream().mapToLong(CaptureUse::bytesPerExample).sum();
    int size = (int) Math.max(1, Math.min(BATCH_EXAMPLES, BATCH_BYTES / Math.max(1, bytes)));
    int most = Math.min(size, runs.stream().mapToInt(Run::count).max().orElseThrow());
    List<ByteBuffer> memory = new ArrayList<>();
    for (CaptureUse use : tensors) {
      memory.add(use.activations().memory(most));
      memory.add(use.gradients().memory(most));
    }
    for (Run run : runs) {
      for (int done = 0; done < run.count(); done += size) {
        int count = Math.min(size, run.count() - done);
        sink.accept(batch(run.first() + done, count, memory));
      }
    }
  }

  /** Valid until the next batch is read into the same memory. */
  private GradientBatch batch(int first, int size, List<ByteBuffer> memory) {
    List<LayerBatch> layers = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      CaptureUse use = tensors.get(i);
      LayerBatch layer =
          new LayerBatch(
              use.layer(),
              use.activations().read(first, size, memory.get(2 * i)),
              use.gradients().read(first, size, memory.get(2 * i + 1)));
      CaptureMask one = masks.get(use.layer());
      if (one != null) {
        layer = layer.withMask(one.range(first, size));
      }
      layers.add(layer);
    }
    return new GradientBatch(size, layers);
  }
}
