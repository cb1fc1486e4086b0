/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.range;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** The backend under test, and data of small integers. */
abstract class FloatRange {
  private static final Form F32 = new Form(ElementType.F32, Storage.ARRAY, Layout.PACKED);
  static final List<LayerSpec> ONE = List.of(LayerSpec.linear("fc", 6, 5).withoutBias());
  static final List<LayerSpec> BIASED = List.of(LayerSpec.linear("fc", 5, 6));
  static final List<LayerSpec> THREE =
      List.of(
          LayerSpec.linear("up", 6, 5).withoutBias(),
          LayerSpec.linear("down", 4, 7).withoutBias(),
          LayerSpec.linear("biased", 3, 2));

  /** The least subnormal float, and the most by which integers up to 64 stay floats. */
  static final int LEAST = -149;

  static final int MOST = 121;

  private final BackendProvider backends;

  FloatRange(BackendProvider backends) {
    this.backends = backends;
  }

  static Stream<Arguments> strategies() {
    return Stream.of(
            CurvatureStrategy.IDENTITY,
            CurvatureStrategy.DIAGONAL,
            CurvatureStrategy.KFAC,
            CurvatureStrategy.EKFAC,
            CurvatureStrategy.blockDiagonalEkfac(2))
        .flatMap(s -> Stream.of(Precision.values()).map(precision -> Arguments.of(precision, s)));
  }

  final Influence open(Precision precision, CurvatureStrategy strategy, List<LayerSpec> layers) {
    return Influence.builder()
        .layers(layers)
        .strategy(strategy)
        .backend(backends.name())
        .precision(precision)
        .threads(2)
        .build();
  }

  static TestModel integers(String name, int examples, int longest, List<LayerSpec> specs) {
    Random random = SeededRandom.at("range", name);
    return mapped(
        TestModel.random(random, examples, longest, specs),
        (layer, activations, row, value) -> integer(random));
  }

  static double integer(Random random) {
    return (1 + random.nextInt(63)) * (random.nextBoolean() ? 1 : -1);
  }

  interface Change {
    double of(int layer, boolean activations, int row, double value);
  }

  static TestModel mapped(TestModel model, Change change) {
    List<TestExamples> data = new ArrayList<>();
    for (int i = 0; i < model.data().size(); i++) {
      TestExamples d = model.data().get(i);
      data.add(
          new TestExamples(
              mapped(d.activations(), i, true, change),
              mapped(d.gradients(), i, false, change),
              d.offsets()));
    }
    return new TestModel(model.layers(), data);
  }

  static TestRows mapped(TestRows rows, int layer, boolean activations, Change change) {
    double[][] values = new double[rows.values().length][];
    for (int r = 0; r < values.length; r++) {
      int row = r;
      values[r] =
          Arrays.stream(rows.values()[r], 0, rows.columns())
              .map(value -> change.of(layer, activations, row, value))
              .toArray();
    }
    return new TestRows(values, rows.columns(), rows.homogeneous(), F32);
  }

  static GradientSource all(TestModel model) {
    return model.source(model.count());
  }
}
