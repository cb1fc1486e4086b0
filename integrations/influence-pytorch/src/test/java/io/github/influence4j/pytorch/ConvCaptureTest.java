/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.tanh;

import io.github.influence4j.Influence;
import io.github.influence4j.adapters.WeightGradients;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.kCircular;
import org.bytedeco.pytorch.kReflect;
import org.bytedeco.pytorch.kReplicate;
import org.bytedeco.pytorch.kSame;
import org.bytedeco.pytorch.kValid;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the library makes of captured convolutions is what backward() leaves in weight.grad. */
final class ConvCaptureTest {
  private static final int EXAMPLES = 3;

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
    manual_seed(7);
  }

  private static final class Net extends Module {
    final TappedConv2d conv;
    final TappedConv2d top;

    Net(Taps taps, Conv2dOptions options) {
      conv = taps.conv2d("conv", register_module("conv", new Conv2dImpl(options)));
      Conv2dOptions last = new Conv2dOptions(6, 2, new LongPointer(2, 2));
      top = taps.conv2d("top", register_module("top", new Conv2dImpl(last)));
      eval();
    }

    Tensor losses(Tensor x) {
      Tensor y = top.forward(tanh(conv.forward(x)));
      return y.mul(y).sum(1, 2, 3);
    }
  }

  static Stream<Arguments> geometries() {
    return Stream.of(
        geometry("plain", options -> {}),
        geometry("valid", options -> options.padding().put(new kValid())),
        geometry(
            "same, dilated",
            options -> {
              options.padding().put(new kSame());
              options.dilation().put(2, 1);
            }),
        geometry(
            "stride and padding",
            options -> {
              options.stride().put(2, 1);
              options.padding().put(new LongPointer(1, 2));
            }),
        geometry("dilation", options -> options.dilation().put(2, 1)),
        geometry("groups", options -> options.groups().put(2)),
        geometry("no bias", options -> options.bias().put(false)),
        geometry("reflect", options -> padded(options).put(new kReflect())),
        geometry("replicate", options -> padded(options).put(new kReplicate())),
        geometry("circular", options -> padded(options).put(new kCircular())));
  }

  private static org.bytedeco.pytorch.ConvPaddingMode padded(Conv2dOptions options) {
    options.padding().put(new LongPointer(2, 1));
    options.groups().put(2);
    options.stride().put(1, 2);
    return options.padding_mode();
  }

  private static Arguments geometry(String name, Consumer<Conv2dOptions> change) {
    return Arguments.of(name, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("geometries")
  void gradientsEqualAutograd(String name, Consumer<Conv2dOptions> change) {
    Conv2dOptions options = new Conv2dOptions(4, 6, new LongPointer(3, 5));
    change.accept(options);
    Taps taps = new Taps();
    Net net = new Net(taps, options);
    Tensor data = randn(EXAMPLES, 4, 9, 11);
    GradientSource source =
        new TorchGradients<>(
                taps,
                List.of(data.narrow(0, 0, 2), data.narrow(0, 2, 1)),
                batch -> ModelOutput.ofLosses(net.losses(batch)))
            .dataLabels();
    List<List<double[]>> expected = perExample(net, data);
    assertSquares(taps, source, expected);
    assertDotProducts(taps, source, expected);
  }

  /** By example and layer. */
  private static List<List<double[]>> perExample(Net net, Tensor data) {
    List<List<double[]>> gradients = new ArrayList<>();
    for (int e = 0; e < EXAMPLES; e++) {
      net.zero_grad(true);
      net.losses(data.narrow(0, e, 1)).sum().backward();
      List<double[]> layers = new ArrayList<>();
      for (TappedConv2d layer : List.of(net.conv, net.top)) {
        layers.add(Naive.autogradGradient(layer.module().weight(), layer.module().bias()));
      }
      gradients.add(layers);
    }
    return gradients;
  }

  /** The diagonal Fisher is the mean of the squared gradients: each entry in its place. */
  private static void assertSquares(
      Taps taps, GradientSource source, List<List<double[]>> gradients) {
    try (Influence influence =
        Influence.builder()
            .backend("reference")
            .layers(taps.layers())
            .strategy(CurvatureStrategy.DIAGONAL)
            .build()) {
      var curvature = influence.fit(source);
      for (int l = 0; l < 2; l++) {
        double[] mean = new double[gradients.get(0).get(l).length];
        for (List<double[]> example : gradients) {
          for (int i = 0; i < mean.length; i++) {
            mean[i] += example.get(l)[i] * example.get(l)[i] / EXAMPLES;
          }
        }
        double error =
            WeightGradients.relativeError(curvature.eigenvalues(taps.layers().get(l).name()), mean);
        assertThat(error).isLessThan(1e-5);
      }
    }
  }

  /** Signs. */
  private static void assertDotProducts(
      Taps taps, GradientSource source, List<List<double[]>> gradients) {
    try (Influence influence =
        Influence.builder()
            .backend("reference")
            .layers(taps.layers())
            .strategy(CurvatureStrategy.IDENTITY)
            .build()) {
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

  @Test
  void specsSayWhatTheModuleSays() {
    Conv2dOptions options = new Conv2dOptions(4, 6, new LongPointer(3, 5));
    padded(options).put(new kReflect());
    options.bias().put(false);
    Taps taps = new Taps();
    taps.conv2d("c", new Conv2dImpl(options));
    Conv2d geometry =
        Conv2d.of(4, 6, 3, 5)
            .withStride(1, 2)
            .withPadding(2, 1)
            .withPaddingMode(PaddingMode.REFLECT)
            .withDilation(1, 1)
            .withGroups(2);
    assertThat(taps.layers().get(0).convolution()).isEqualTo(geometry);
    assertThat(taps.layers().get(0).bias()).isFalse();
  }
}
