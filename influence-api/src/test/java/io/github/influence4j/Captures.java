/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Captured examples in memory, replayed in batches of any size. Counts its replays. */
final class Captures implements GradientSource {
  /** One use of one layer: cuts a range of examples out of what was captured. */
  @FunctionalInterface
  interface Use {
    LayerBatch batch(int first, int last, ElementType type);
  }

  private final int examples;
  private final List<Use> uses = new ArrayList<>();
  private int batchSize;
  private ElementType type = ElementType.F64;
  private int replays;

  Captures(int examples) {
    this.examples = examples;
    this.batchSize = examples;
  }

  int examples() {
    return examples;
  }

  int replays() {
    return replays;
  }

  /** The same examples in batches of another size. */
  Captures inBatchesOf(int size) {
    Captures copy = new Captures(examples);
    copy.uses.addAll(uses);
    copy.batchSize = size;
    copy.type = type;
    return copy;
  }

  /** The same examples stored in another type. */
  Captures as(ElementType newType) {
    Captures copy = inBatchesOf(batchSize);
    copy.type = newType;
    return copy;
  }

  Captures add(Use use) {
    uses.add(use);
    return this;
  }

  /** Rows by example. */
  Captures linear(String layer, double[][][] activations, double[][][] gradients) {
    return add(
        (first, last, storage) -> {
          int[] offsets = new int[last - first + 1];
          for (int e = first; e < last; e++) {
            offsets[e - first + 1] = offsets[e - first] + activations[e].length;
          }
          TensorView a = rows(storage, activations, first, last);
          return new LayerBatch(layer, a, rows(storage, gradients, first, last))
              .withOffsets(offsets);
        });
  }

  /** Rows by example, an example may have none, in any order that each batch draws. */
  Captures routed(String layer, double[][][] activations, double[][][] gradients, long seed) {
    int inputs = columns(activations);
    int outputs = columns(gradients);
    return add(
        (first, last, storage) -> {
          List<int[]> places = new ArrayList<>();
          for (int e = first; e < last; e++) {
            for (int r = 0; r < activations[e].length; r++) {
              places.add(new int[] {e, r});
            }
          }
          Collections.shuffle(places, new Random(seed + first));
          double[] a = gathered(activations, places);
          double[] g = gathered(gradients, places);
          return new LayerBatch(
                  layer,
                  Tensors.of(storage, a, places.size(), inputs),
                  Tensors.of(storage, g, places.size(), outputs))
              .withRowsOf(places.stream().mapToInt(place -> place[0] - first).toArray());
        });
  }

  private static int columns(double[][][] examples) {
    return Arrays.stream(examples).filter(e -> e.length > 0).findFirst().orElseThrow()[0].length;
  }

  private static double[] gathered(double[][][] values, List<int[]> places) {
    return Tensors.concat(
        places.stream().map(place -> values[place[0]][place[1]]).toArray(double[][]::new));
  }

  /** Rows of equal number by example, of which some are masked. */
  Captures masked(
      String layer, double[][][] activations, double[][][] gradients, boolean[][] kept) {
    return add(
        (first, last, storage) -> {
          boolean[] mask = new boolean[(last - first) * kept[0].length];
          for (int e = first; e < last; e++) {
            System.arraycopy(kept[e], 0, mask, (e - first) * kept[0].length, kept[0].length);
          }
          return new LayerBatch(
                  layer,
                  cube(rows(storage, activations, first, last), last - first),
                  cube(rows(storage, gradients, first, last), last - first))
              .withMask(mask);
        });
  }

  private static TensorView cube(TensorView matrix, int examples) {
    return matrix.reshape(examples, matrix.size(0) / examples, matrix.size(1));
  }

  /** Images [channels, height, width] by example. */
  Captures images(String layer, Conv2d conv, int height, double[][] inputs, double[][] outputs) {
    int width = inputs[0].length / conv.inChannels() / height;
    return add(
        (first, last, storage) ->
            new LayerBatch(
                layer,
                Tensors.of(
                    storage,
                    Tensors.concat(Arrays.copyOfRange(inputs, first, last)),
                    last - first,
                    conv.inChannels(),
                    height,
                    width),
                Tensors.of(
                    storage,
                    Tensors.concat(Arrays.copyOfRange(outputs, first, last)),
                    last - first,
                    conv.outChannels(),
                    conv.outputHeight(height),
                    conv.outputWidth(width))));
  }

  private static TensorView rows(ElementType type, double[][][] examples, int first, int last) {
    double[][] rows =
        Arrays.stream(examples, first, last).flatMap(Arrays::stream).toArray(double[][]::new);
    return Tensors.of(type, Tensors.concat(rows), rows.length, columns(examples));
  }

  GradientBatch batch(int first, int last) {
    return new GradientBatch(
        last - first, uses.stream().map(use -> use.batch(first, last, type)).toList());
  }

  @Override
  public void replay(GradientSink sink) {
    replays++;
    for (int first = 0; first < examples; first += batchSize) {
      sink.accept(batch(first, Math.min(examples, first + batchSize)));
    }
  }
}
