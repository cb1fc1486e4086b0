/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.tanh;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Parts of a model that are run again on the way back. */
@SuppressWarnings("try") // scopes are guards
final class RecomputedTest {
  private static final int EXAMPLES = 5;
  private static final int WIDTH = 6;

  private final Net net = new Net();
  private Tensor x = new Tensor();
  private Tensor y = new Tensor();

  @BeforeEach
  void drawData() {
    manual_seed(3);
    x = randn(EXAMPLES, WIDTH);
    y = randn(EXAMPLES, WIDTH);
  }

  /** Tapped layers before, within, between and behind the parts, and results used twice. */
  private static final class Net extends Module {
    final Taps taps = new Taps();
    final TappedLinear before = layer("before");
    final TappedLinear first = layer("first");
    final TappedLinear second = layer("second");
    final TappedLinear between = layer("between");
    final TappedLinear behind = layer("behind");

    private TappedLinear layer(String name) {
      LinearImpl linear = new LinearImpl(WIDTH, WIDTH);
      linear.eval();
      return taps.linear(name, linear);
    }

    Tensor forward(Tensor x, boolean recomputed, UnaryOperator<Tensor> more) {
      Tensor a = before.forward(x);
      Tensor b = part(recomputed, a, z -> tanh(first.forward(tanh(more.apply(z)))));
      Tensor c = between.forward(b.add(a));
      Tensor d = part(recomputed, c, z -> tanh(second.forward(z)).add(z));
      return behind.forward(d.add(b));
    }

    private Tensor part(boolean recomputed, Tensor input, UnaryOperator<Tensor> part) {
      return recomputed ? taps.recomputed(input, part) : part.apply(input);
    }
  }

  private Map<String, double[]> captured(boolean recomputed) {
    Map<String, double[]> out = new TreeMap<>();
    try (PointerScope scope = new PointerScope()) {
      GradientBatch batch =
          net.taps.capture(() -> ModelOutput.regression(net.forward(x, recomputed, z -> z), y));
      for (LayerBatch layer : batch.layers()) {
        out.put(layer.layer() + " input", layer.activations().toDoubles());
        out.put(layer.layer() + " gradient", layer.outputGradients().toDoubles());
      }
    }
    return out;
  }

  @Test
  void everythingIsSeenAsInOnePass() {
    Map<String, double[]> plain = captured(false);
    Map<String, double[]> again = captured(true);
    assertThat(again.keySet()).isEqualTo(plain.keySet()).hasSize(10);
    plain.forEach(
        (what, numbers) -> {
          double[] others = again.getOrDefault(what, new double[0]);
          assertThat(others).as(what).containsExactly(numbers, within(1e-6));
        });
  }

  /** Nobody captures: nothing is run twice. */
  @Test
  void withoutACaptureAPartIsCalledOnce() {
    int[] calls = {0};
    try (PointerScope scope = new PointerScope()) {
      net.forward(x, true, z -> counted(z, calls));
      assertThat(calls[0]).isEqualTo(1);
      net.taps.capture(
          () -> ModelOutput.regression(net.forward(x, true, z -> counted(z, calls)), y));
      assertThat(calls[0]).isEqualTo(3);
    }
  }

  private static Tensor counted(Tensor z, int[] calls) {
    calls[0]++;
    return z;
  }

  /** Rows of other examples, mixed within a part. */
  @Test
  void examplesThatMixAreTold() {
    try (PointerScope scope = new PointerScope()) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  net.taps.capture(
                      () -> ModelOutput.regression(net.forward(x, true, z -> z.flip(0)), y)))
          .withMessageContaining("Layer \"");
    }
  }

  @Test
  void aPartMustDoTheSameEachTime() {
    int[] calls = {0};
    try (PointerScope scope = new PointerScope()) {
      assertThatIllegalStateException()
          .isThrownBy(
              () ->
                  net.taps.capture(
                      () ->
                          ModelOutput.regression(
                              net.forward(
                                  x, true, z -> calls[0]++ == 0 ? z : net.second.forward(z)),
                              y)))
          .withMessageContaining("the second");
    }
  }

  /** What is below the first tapped layer has no gradient and is not run again. */
  @Test
  void aPartWithoutTappedLayersBelowAllOthersIsNotRunAgain() {
    int[] calls = {0};
    try (PointerScope scope = new PointerScope()) {
      GradientBatch batch =
          net.taps.capture(
              () -> {
                Tensor low = net.taps.recomputed(x, z -> tanh(counted(z, calls)));
                return ModelOutput.regression(net.forward(low, true, z -> z), y);
              });
      assertThat(batch.layers()).hasSize(5);
      assertThat(calls[0]).isEqualTo(1);
    }
  }
}
