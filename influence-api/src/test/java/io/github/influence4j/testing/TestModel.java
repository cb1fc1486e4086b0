/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * Captured examples of some linear layers, with all numbers known.
 *
 * @param layers the layers
 * @param data for each layer its rows; the lengths of the examples are the same in all
 */
public record TestModel(List<LayerSpec> layers, List<TestExamples> data) {
  private static final Form F32 = new Form(ElementType.F32, Storage.ARRAY, Layout.PACKED);

  /** Random rows for layers; F32 numbers, so that both precisions see the same. */
  public static TestModel random(Random random, int examples, int longest, List<LayerSpec> layers) {
    int[] offsets = TestExamples.lengths(random, examples, longest);
    int rows = offsets[examples];
    List<TestExamples> data = new ArrayList<>();
    for (LayerSpec layer : layers) {
      data.add(
          new TestExamples(
              TestRows.gaussian(random, rows, layer.inputs(), layer.bias(), F32),
              TestRows.gaussian(random, rows, layer.outputs(), false, F32),
              offsets));
    }
    return new TestModel(layers, data);
  }

  /** One layer, each example of one row. */
  public static TestModel ofRows(
      LayerSpec layer, List<double[]> activations, List<double[]> gradients) {
    Form form = new Form(ElementType.F64, Storage.ARRAY, Layout.PACKED);
    TestExamples data =
        new TestExamples(
            new TestRows(activations.toArray(double[][]::new), layer.inputs(), layer.bias(), form),
            new TestRows(gradients.toArray(double[][]::new), layer.outputs(), false, form),
            range(0, activations.size() + 1));
    return new TestModel(List.of(layer), List.of(data));
  }

  /** Each row an example of its own. */
  public TestModel split() {
    return withData(
        d -> new TestExamples(d.activations(), d.gradients(), range(0, d.rowCount() + 1)));
  }

  /** Number of examples. */
  public int count() {
    return data.get(0).count();
  }

  /** Some examples, in the order given. */
  public TestModel select(int... examples) {
    return withData(rows -> rows.select(examples));
  }

  /** All losses times a factor. */
  public TestModel scaled(double factor) {
    return withData(
        d ->
            new TestExamples(
                d.activations(),
                mapped(d.gradients(), Matrix.identity(d.outputs()).times(factor)),
                d.offsets()));
  }

  /** Another basis of the inputs (of layers without bias) and of the outputs of every layer. */
  public TestModel rotated(List<Matrix> inputs, List<Matrix> outputs) {
    List<TestExamples> rotated = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      TestExamples d = data.get(i);
      rotated.add(
          new TestExamples(
              mapped(d.activations(), inputs.get(i)),
              mapped(d.gradients(), outputs.get(i)),
              d.offsets()));
    }
    return new TestModel(layers, rotated);
  }

  private static TestRows mapped(TestRows rows, Matrix map) {
    double[][] values = new double[rows.values().length][];
    Arrays.setAll(values, r -> map.times(Matrix.column(rows.values()[r])).values());
    Form form = new Form(ElementType.F64, Storage.ARRAY, Layout.PACKED);
    return new TestRows(values, rows.columns(), rows.homogeneous(), form);
  }

  private TestModel withData(UnaryOperator<TestExamples> change) {
    return new TestModel(layers, data.stream().map(change).toList());
  }

  /** All examples in batches, packed, with offsets. */
  public GradientSource source(int batchSize) {
    return source(batchSize, TestModel::packed);
  }

  /**
   * All examples in batches, padded on the left and on the right to one length with NaN rows, which
   * the mask leaves out.
   */
  public GradientSource padded(int batchSize) {
    return source(batchSize, TestModel::padded);
  }

  private GradientSource source(
      int batchSize, BiFunction<LayerSpec, TestExamples, LayerBatch> capture) {
    return sink -> {
      for (int first = 0; first < count(); first += batchSize) {
        int[] numbers = range(first, Math.min(count(), first + batchSize));
        List<LayerBatch> batches = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
          batches.add(capture.apply(layers.get(i), data.get(i).select(numbers)));
        }
        sink.accept(new GradientBatch(numbers.length, batches));
      }
    };
  }

  private static int[] range(int first, int last) {
    int[] out = new int[last - first];
    Arrays.setAll(out, i -> first + i);
    return out;
  }

  private static LayerBatch packed(LayerSpec layer, TestExamples examples) {
    return new LayerBatch(layer.name(), view(examples.activations()), view(examples.gradients()))
        .withOffsets(examples.offsets());
  }

  private static TensorView view(TestRows rows) {
    double[] flat = Arrays.stream(rows.values()).flatMapToDouble(Arrays::stream).toArray();
    return TestRows.store(flat, rows.form().type(), rows.form().storage())
        .reshape(rows.values().length, rows.columns());
  }

  private static LayerBatch padded(LayerSpec layer, TestExamples examples) {
    int length = 2;
    for (int e = 0; e < examples.count(); e++) {
      length = Math.max(length, examples.offsets()[e + 1] - examples.offsets()[e] + 2);
    }
    boolean[] mask = new boolean[examples.count() * length];
    for (int e = 0; e < examples.count(); e++) {
      int rows = examples.offsets()[e + 1] - examples.offsets()[e];
      Arrays.fill(mask, e * length + 1, e * length + 1 + rows, true);
    }
    return new LayerBatch(
            layer.name(),
            padded(examples.activations(), mask).reshape(examples.count(), length, layer.inputs()),
            padded(examples.gradients(), mask).reshape(examples.count(), length, layer.outputs()))
        .withMask(mask);
  }

  private static TensorView padded(TestRows rows, boolean[] mask) {
    double[] flat = new double[mask.length * rows.columns()];
    Arrays.fill(flat, Double.NaN);
    int next = 0;
    for (int r = 0; r < mask.length; r++) {
      if (mask[r]) {
        System.arraycopy(rows.values()[next++], 0, flat, r * rows.columns(), rows.columns());
      }
    }
    return TestRows.store(flat, rows.form().type(), rows.form().storage());
  }
}
