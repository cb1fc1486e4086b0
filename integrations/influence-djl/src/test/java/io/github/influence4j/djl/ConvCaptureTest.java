/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import io.github.influence4j.Influence;
import io.github.influence4j.adapters.WeightGradients;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the library makes of captured convolutions is what backward() leaves in the weights. */
final class ConvCaptureTest {
  private static final int EXAMPLES = 3;

  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps();
  private final List<Block> layers = new ArrayList<>();

  @BeforeAll
  static void seed() {
    Engine.getEngine("PyTorch").setRandomSeed(7);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<Arguments> geometries() {
    return Stream.of(
        geometry("plain", builder -> builder),
        geometry("no bias", builder -> builder.optBias(false)),
        geometry("groups", builder -> builder.optGroups(2)),
        geometry("dilation", builder -> builder.optDilation(new Shape(2, 1))),
        geometry(
            "stride and padding",
            builder -> builder.optStride(new Shape(2, 1)).optPadding(new Shape(1, 2))));
  }

  private static Arguments geometry(String name, UnaryOperator<Conv2d.Builder> settings) {
    return Arguments.of(name, settings);
  }

  private static Conv2d.Builder builder(int filters, int height, int width) {
    return Conv2d.builder().setFilters(filters).setKernelShape(new Shape(height, width));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("geometries")
  void gradientsEqualAutograd(String name, UnaryOperator<Conv2d.Builder> settings) {
    layers.add(taps.conv2d("conv", settings.apply(builder(6, 3, 5))));
    layers.add(taps.conv2d("top", builder(2, 2, 2)));
    Block net = new SequentialBlock().add(layers.get(0)).add(Activation::tanh).add(layers.get(1));
    net.initialize(manager, DataType.FLOAT32, new Shape(EXAMPLES, 4, 9, 11));
    NDArray data = manager.randomNormal(new Shape(EXAMPLES, 4, 9, 11));
    GradientSource source =
        new DjlGradients<>(
                taps,
                List.of(data.get(new NDIndex("0:2")), data.get(new NDIndex("2:3"))),
                batch ->
                    ModelOutput.ofLosses(
                        taps.forward(net, batch).square().sum(new int[] {1, 2, 3})))
            .dataLabels();
    List<List<double[]>> expected = perExample(net, data);
    assertSquares(source, expected);
    assertDotProducts(source, expected);
  }

  /** By example and layer. */
  private List<List<double[]>> perExample(Block net, NDArray data) {
    List<List<double[]>> gradients = new ArrayList<>();
    for (int e = 0; e < EXAMPLES; e++) {
      Naive.backward(net, data.get(new NDIndex(e + ":" + (e + 1))), y -> y.square().sum());
      gradients.add(layers.stream().map(Naive::autogradGradient).toList());
    }
    return gradients;
  }

  /** The diagonal Fisher is the mean of the squared gradients: each entry in its place. */
  private void assertSquares(GradientSource source, List<List<double[]>> gradients) {
    try (Influence influence = influence(CurvatureStrategy.DIAGONAL)) {
      var curvature = influence.fit(source);
      for (int l = 0; l < 2; l++) {
        double[] mean = new double[gradients.get(0).get(l).length];
        for (List<double[]> example : gradients) {
          for (int i = 0; i < mean.length; i++) {
            mean[i] += example.get(l)[i] * example.get(l)[i] / EXAMPLES;
          }
        }
        String layer = taps.layers().get(l).name();
        assertThat(WeightGradients.relativeError(curvature.eigenvalues(layer), mean))
            .isLessThan(1e-5);
      }
    }
  }

  /** Signs. */
  private void assertDotProducts(GradientSource source, List<List<double[]>> gradients) {
    try (Influence influence = influence(CurvatureStrategy.IDENTITY)) {
      var scores = influence.score(influence.fit(source), source, source, ScoreOptions.pairwise());
      for (int q = 0; q < EXAMPLES; q++) {
        double[] expected = new double[EXAMPLES];
        for (int e = 0; e < EXAMPLES; e++) {
          for (int l = 0; l < 2; l++) {
            expected[e] += WeightGradients.dot(gradients.get(q).get(l), gradients.get(e).get(l));
          }
        }
        assertThat(WeightGradients.relativeError(scores.scores(q), expected)).isLessThan(1e-5);
      }
    }
  }

  private Influence influence(CurvatureStrategy strategy) {
    return Influence.builder()
        .backend("reference")
        .layers(taps.layers())
        .strategy(strategy)
        .build();
  }

  @Test
  void specsSayWhatTheLayerSays() {
    Block layer =
        taps.conv2d(
            "c",
            builder(6, 3, 5)
                .optStride(new Shape(1, 2))
                .optPadding(new Shape(2, 1))
                .optDilation(new Shape(1, 2))
                .optGroups(2)
                .optBias(false));
    layer.initialize(manager, DataType.FLOAT32, new Shape(1, 4, 9, 11));
    var geometry =
        io.github.influence4j.capture.Conv2d.of(4, 6, 3, 5)
            .withStride(1, 2)
            .withPadding(2, 1)
            .withDilation(1, 2)
            .withGroups(2);
    assertThat(taps.layers().get(0).convolution()).isEqualTo(geometry);
    assertThat(taps.layers().get(0).bias()).isFalse();
  }
}
