/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Sources that give other examples in a later pass, and what refuses them. */
abstract class Replays {
  static final int N = 24;
  static final LayerSpec[] LAYERS = {
    LayerSpec.linear("first", 5, 4), LayerSpec.linear("second", 4, 3)
  };
  static final LayerSpec[] MANY =
      IntStream.range(0, 6)
          .mapToObj(i -> LayerSpec.linear("l" + i, 5, 4))
          .toArray(LayerSpec[]::new);

  /** What an example is made of: by layer and side, its rows. */
  record Data(double[][][] rows) {
    static Data random(long seed, LayerSpec... layers) {
      Random random = new Random(seed);
      double[][][] rows = new double[layers.length][][];
      for (int l = 0; l < layers.length; l++) {
        rows[l] =
            new double[][] {
              random.doubles(layers[l].inputs()).map(x -> x - 0.5).toArray(),
              random.doubles(layers[l].outputs()).map(x -> x - 0.5).toArray()
            };
      }
      return new Data(rows);
    }
  }

  static List<Data> data(int first, LayerSpec... layers) {
    return IntStream.range(first, first + N).mapToObj(i -> Data.random(i, layers)).toList();
  }

  static GradientBatch batch(List<Data> examples, LayerSpec... layers) {
    List<LayerBatch> batches = new ArrayList<>();
    for (int l = 0; l < layers.length; l++) {
      int layer = l;
      double[] a =
          examples.stream().flatMapToDouble(d -> Arrays.stream(d.rows[layer][0])).toArray();
      double[] g =
          examples.stream().flatMapToDouble(d -> Arrays.stream(d.rows[layer][1])).toArray();
      batches.add(
          new LayerBatch(
              layers[l].name(),
              TensorView.of(a, examples.size(), layers[l].inputs()),
              TensorView.of(g, examples.size(), layers[l].outputs())));
    }
    return new GradientBatch(examples.size(), batches);
  }

  static void push(List<Data> examples, int size, GradientSink sink, LayerSpec... layers) {
    for (int first = 0; first < examples.size(); first += size) {
      sink.accept(batch(examples.subList(first, Math.min(examples.size(), first + size)), layers));
    }
  }

  /** Gives one list after the other, the last one for ever. */
  static GradientSource passes(LayerSpec[] layers, List<List<Data>> lists) {
    int[] pass = {0};
    return sink -> {
      int now = pass[0]++;
      push(lists.get(Math.min(now, lists.size() - 1)), 5 + now, sink, layers);
    };
  }

  static List<Data> changed(List<Data> before, int example, int layer, int side) {
    List<Data> after = new ArrayList<>(before);
    double[][][] rows = new double[before.get(example).rows.length][][];
    for (int l = 0; l < rows.length; l++) {
      rows[l] = before.get(example).rows[l].clone();
    }
    rows[layer][side] = Data.random(999, MANY).rows[layer][side];
    rows[layer][side] =
        Arrays.copyOf(rows[layer][side], before.get(example).rows[layer][side].length);
    after.set(example, new Data(rows));
    return after;
  }

  static List<Data> reversed(List<Data> before) {
    List<Data> after = new ArrayList<>(before);
    Collections.reverse(after);
    return after;
  }

  static Influence influence(LayerSpec... layers) {
    return Influence.builder().layers(layers).backend("reference").build();
  }

  static void refused(Runnable run, String... texts) {
    var thrown = assertThatIllegalStateException().isThrownBy(run::run);
    for (String text : texts) {
      thrown.withMessageContaining(text);
    }
  }
}
