/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.memory.HeapSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of each example of a source: {@value #SLOTS} float32 numbers, weighted sums of
 * a few elements of its activations and of its output gradients ({@link ElementSum}). Up to four
 * layers have sums of their own, of more layers neighbours share one. Padding that is masked has no
 * part in them; neither have tensors on a GPU.
 *
 * <p>They are compared with a tolerance, not bit by bit: a framework rounds differently when
 * batches are cut differently, and a GPU from run to run. What differs by less than the tolerance
 * changes scores as little.
 */
final class Fingerprints {
  static final int SLOTS = 8;
  private static final int GROUPS = SLOTS / 2;

  /** Of the elements looked at: float32 through a deep network keeps about 1e-4. */
  private static final double TOLERANCE = 0.01;

  /** The same where elements have 8 or 11 bits. */
  private static final double HALF_TOLERANCE = 0.1;

  /** Of the largest element of the first batch: what is smaller may be cancellation. */
  private static final double NOISE = 1e-4;

  /** Of a batch: for each example a sum a slot, and how much it may differ. */
  record Stamps(int examples, float[] sums, float[] tolerances) {}

  /** What slots hold of which layer, in which units: the same in all passes. */
  private static final class Units {
    final List<String> layers = new ArrayList<>();
    final List<double[]> scales = new ArrayList<>();
    int layersAtFirst;
  }

  private final Units units;
  private float[] kept = new float[0];
  private int count;

  /** Of a first pass. */
  Fingerprints() {
    this.units = new Units();
  }

  /** Of another pass, to be compared with the first. */
  Fingerprints(Fingerprints first) {
    this.units = first.units;
  }

  /** Examples remembered. */
  int count() {
    return count;
  }

  Stamps of(GradientBatch batch) {
    int examples = batch.examples();
    HeapSpace.require(
        2,
        (long) SLOTS * examples,
        Float.BYTES,
        "A batch of " + examples + " examples",
        "say how many examples the batch really has.");
    Stamps stamps =
        new Stamps(
            examples,
            new float[SLOTS * Math.max(0, examples)],
            new float[SLOTS * Math.max(0, examples)]);
    if (examples < 1) {
      return stamps;
    }
    for (LayerBatch use : batch.layers()) {
      if (!units.layers.contains(use.layer())) {
        units.layers.add(use.layer());
        units.scales.add(new double[2]);
      }
    }
    if (units.layersAtFirst == 0) {
      units.layersAtFirst = units.layers.size();
    }
    for (LayerBatch use : batch.layers()) {
      int layer = units.layers.indexOf(use.layer());
      add(use, use.activations(), layer, 0, stamps);
      add(use, use.outputGradients(), layer, 1, stamps);
    }
    return stamps;
  }

  private void add(LayerBatch use, TensorView tensor, int layer, int side, Stamps stamps) {
    ExampleElements elements = LayerElements.of(use, tensor, stamps.examples);
    if (elements == null) {
      return;
    }
    ElementSum[] examples = ElementSum.of(tensor, elements, stamps.examples, side == 1);
    double[] scale = units.scales.get(layer);
    if (scale[side] == 0) {
      scale[side] =
          Arrays.stream(examples)
              .filter(ElementSum::finite)
              .mapToDouble(ElementSum::largest)
              .max()
              .orElse(0);
    }
    if (scale[side] == 0) {
      return;
    }
    boolean half = tensor.type() == ElementType.BF16 || tensor.type() == ElementType.F16;
    double tolerance = half ? HALF_TOLERANCE : TOLERANCE;
    int slot = 2 * group(layer) + side;
    // Layers that share a slot must not cancel each other: each has a factor of its own.
    double factor = (1 + 0.37 * (layer % 7)) / scale[side];
    for (int e = 0; e < stamps.examples; e++) {
      if (examples[e].finite()) {
        stamps.sums[SLOTS * e + slot] += (float) (factor * examples[e].sum());
        stamps.tolerances[SLOTS * e + slot] +=
            (float) (tolerance * factor * examples[e].size() + NOISE);
      }
    }
  }

  private int group(int layer) {
    return units.layersAtFirst <= GROUPS
        ? Math.min(layer, GROUPS - 1)
        : Math.min(GROUPS - 1, layer * GROUPS / units.layersAtFirst);
  }

  /** Remembers the examples of a batch. */
  void keep(Stamps stamps) {
    int needed = Math.multiplyExact(SLOTS, Math.addExact(count, stamps.examples));
    if (needed > kept.length) {
      kept = Arrays.copyOf(kept, (int) Math.max(needed, Math.min(2L * needed, 1L << 30)));
    }
    System.arraycopy(stamps.sums, 0, kept, SLOTS * count, stamps.sums.length);
    count += stamps.examples;
  }

  /**
   * Compares an example with one that is remembered.
   *
   * @return where they differ, or null
   */
  @Nullable String difference(Stamps stamps, int example, int other) {
    for (int slot = 0; slot < SLOTS; slot++) {
      double was = kept[SLOTS * other + slot];
      double is = stamps.sums[SLOTS * example + slot];
      if (!(Math.abs(is - was) <= stamps.tolerances[SLOTS * example + slot])) {
        return what(slot);
      }
    }
    return null;
  }

  /**
   * Compares all examples with those of another pass, whatever their order: the numbers of each
   * slot, sorted, must agree.
   *
   * @return an example that has no counterpart and where it differs, or null
   */
  @Nullable String differenceInAnyOrder(Fingerprints other) {
    int[] asPushed = IntStream.range(0, count).toArray();
    for (int slot = 0; slot < SLOTS; slot++) {
      if (firstDifference(slot, asPushed, other, asPushed) >= 0) {
        int example = firstDifference(slot, order(slot), other, other.order(slot));
        if (example >= 0) {
          return "example " + example + " in " + what(slot);
        }
      }
    }
    return null;
  }

  private int firstDifference(int slot, int[] order, Fingerprints other, int[] otherOrder) {
    double mean = 0;
    for (int e = 0; e < count; e++) {
      mean += Math.abs(kept[SLOTS * e + slot]) / count;
    }
    for (int i = 0; i < order.length; i++) {
      double was = other.kept[SLOTS * otherOrder[i] + slot];
      double is = kept[SLOTS * order[i] + slot];
      if (!(Math.abs(is - was) <= TOLERANCE * (Math.abs(is) + mean) + NOISE)) {
        return order[i];
      }
    }
    return -1;
  }

  private int[] order(int slot) {
    Integer[] order = new Integer[count];
    Arrays.setAll(order, e -> e);
    Arrays.sort(order, (a, b) -> Float.compare(kept[SLOTS * a + slot], kept[SLOTS * b + slot]));
    return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
  }

  /** The layers of a slot. */
  private String what(int slot) {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < units.layers.size(); layer++) {
      if (group(layer) == slot / 2) {
        names.add("\"" + units.layers.get(layer) + "\"");
      }
    }
    String which =
        names.size() == 1
            ? "layer " + names.get(0)
            : String.format(
                Locale.ROOT, "layers %s to %s", names.get(0), names.get(names.size() - 1));
    return (slot % 2 == 0 ? "the activations of " : "the output gradients of ") + which;
  }
}
