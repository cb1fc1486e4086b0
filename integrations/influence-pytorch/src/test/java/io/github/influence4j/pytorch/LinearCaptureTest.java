/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.adapters.WeightGradients;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerSpec;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Captured dYᵀX is what backward() leaves in weight.grad. */
@SuppressWarnings("try") // scopes are guards
final class LinearCaptureTest {
  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
    manual_seed(7);
  }

  /** Shares {@code middle} between two calls. */
  private static final class Tied extends Module {
    final TappedLinear first;
    final TappedLinear middle;
    final TappedLinear last;

    Tied(Taps taps) {
      first = taps.linear("first", register_module("first", new LinearImpl(5, 6)));
      middle = taps.linear("middle", register_module("middle", new LinearImpl(6, 6)));
      last = taps.linear("last", register_module("last", new LinearImpl(6, 3)));
      eval();
    }

    Tensor forward(Tensor x) {
      return last.forward(middle.forward(relu(middle.forward(relu(first.forward(x))))));
    }

    void assertCaptured(GradientBatch batch, Taps taps, double tolerance) {
      Map<String, LayerSpec> specs =
          taps.layers().stream().collect(Collectors.toMap(LayerSpec::name, spec -> spec));
      Map.of("first", first, "middle", middle, "last", last)
          .forEach(
              (name, layer) -> {
                LinearImpl module = layer.module();
                double error =
                    WeightGradients.relativeError(
                        WeightGradients.of(batch, specs.get(name)),
                        Naive.autogradGradient(module.weight(), module.bias()));
                assertThat(error).as(name).isLessThanOrEqualTo(tolerance);
              });
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ScalarType.class,
      names = {"Float", "Double", "BFloat16", "Half"})
  void everyElementTypeAndTiedLayers(ScalarType type) {
    Taps taps = new Taps();
    Tied model = new Tied(taps);
    model.to(type, false);
    try (PointerScope scope = new PointerScope()) {
      Tensor x = randn(4, 5).to(type);
      // sum() hands back an expanded gradient: strides of 0 over one number.
      GradientBatch batch = taps.capture(() -> ModelOutput.ofLosses(model.forward(x).sum(1)));
      assertThat(model.first.module().weight().grad().defined()).isFalse();
      model.forward(x).sum().backward();
      assertThat(batch.layers()).hasSize(4);
      ElementType expected =
          Map.of(
                  ScalarType.Float, ElementType.F32,
                  ScalarType.Double, ElementType.F64,
                  ScalarType.BFloat16, ElementType.BF16,
                  ScalarType.Half, ElementType.F16)
              .get(type);
      assertThat(batch.layers().get(0).activations().type()).isEqualTo(expected);
      // Half types: backward() itself rounds sums to 8 or 11 bits.
      boolean narrow = type == ScalarType.BFloat16 || type == ScalarType.Half;
      model.assertCaptured(batch, taps, narrow ? 2e-2 : 1e-5);
    }
  }

  @Test
  void masksLeavePaddingOut() {
    Taps taps = new Taps();
    Tied model = new Tied(taps);
    try (PointerScope scope = new PointerScope()) {
      Tensor x = randn(2, 3, 5);
      Tensor targets = randn(2, 3, 3);
      Tensor mask = Naive.ids(new long[] {1, 1, 0}, new long[] {1, 1, 1});
      GradientBatch batch =
          taps.capture(() -> ModelOutput.regression(model.forward(x), targets).withMask(mask));
      assertThat(batch.layers().get(0).mask()).containsExactly(true, true, false, true, true, true);
      Tensor error = model.forward(x).sub(targets);
      error.mul(error).mul(mask.unsqueeze(2)).sum().mul(new Scalar(0.5f)).backward();
      model.assertCaptured(batch, taps, 1e-5);
    }
  }

  @Test
  void frozenParametersCaptureTheSame() {
    Taps taps = new Taps();
    Tied model = new Tied(taps);
    try (PointerScope scope = new PointerScope()) {
      Tensor x = randn(4, 5);
      model.forward(x).sum().backward();
      var parameters = model.parameters();
      for (long i = 0; i < parameters.size(); i++) {
        parameters.get(i).requires_grad_(false);
      }
      GradientBatch batch = taps.capture(() -> ModelOutput.ofLosses(model.forward(x).sum(1)));
      model.assertCaptured(batch, taps, 1e-5);
    }
  }

  @Test
  void packedRowsBringTheirOffsets() {
    Taps taps = new Taps();
    Tied model = new Tied(taps);
    try (PointerScope scope = new PointerScope()) {
      Tensor x = randn(1, 6, 5);
      GradientBatch batch =
          taps.capture(
              () -> ModelOutput.regression(model.forward(x), randn(1, 6, 3)).withOffsets(0, 4, 6));
      assertThat(batch.examples()).isEqualTo(2);
      assertThat(batch.layers().get(0).offsets()).containsExactly(0, 4, 6);
      assertThat(batch.layers().get(0).activations().shape()).containsExactly(6, 5);
    }
  }
}
