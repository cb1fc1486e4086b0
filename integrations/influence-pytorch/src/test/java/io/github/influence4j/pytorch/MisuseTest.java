/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.kSame;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Misuse is told with its remedy. */
@SuppressWarnings("try") // scopes are guards
final class MisuseTest {
  private final Taps taps = new Taps().examplesFirst();
  private final TappedLinear layer = taps.linear("fc", new LinearImpl(3, 2));

  MisuseTest() {
    layer.module().eval();
  }

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  private GradientBatch capture(Supplier<Tensor> loss) {
    try (PointerScope scope = new PointerScope()) {
      return taps.capture(() -> ModelOutput.ofLoss(loss.get(), 4));
    }
  }

  @Test
  void viewsAliasTheTensor() {
    Tensor tensor = ones(2, 3);
    TensorView view = TensorViews.of(tensor);
    tensor.zero_();
    assertThat(view.shape()).containsExactly(2, 3);
    assertThat(view.toDoubles()).containsOnly(0);
  }

  @Test
  void otherDevices() {
    // The build for CPUs has no CUDA tensors; "meta" stands for any device that is not the host.
    Tensor elsewhere =
        empty(new long[] {2, 3}, new TensorOptions(new Device("meta")), new MemoryFormatOptional());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorViews.of(elsewhere))
        .withMessageContaining("is on device meta")
        .withMessageContaining("model.to(new Device(\"cpu\"), false)");
  }

  @Test
  void layoutsAndTypes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorViews.of(ones(2, 3).t()))
        .withMessageContaining("call contiguous() first");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TensorViews.of(ones(2).to(ScalarType.Int)))
        .withMessageContaining("holds Int values");
  }

  @Test
  void changesInPlace() {
    assertThatIllegalStateException()
        .isThrownBy(() -> capture(() -> layer.forward(ones(4, 3)).relu_().sum()))
        .withMessageContaining("Layer \"fc\": its output was changed in place");
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                capture(
                    () -> {
                      Tensor x = ones(4, 3);
                      Tensor y = layer.forward(x);
                      x.zero_();
                      return y.sum();
                    }))
        .withMessageContaining("Layer \"fc\": its input was changed in place");
  }

  @Test
  void lossesThatAreNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> capture(() -> layer.forward(ones(4, 3))))
        .withMessageContaining("got shape [4, 2]; sum it");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> capture(() -> layer.forward(ones(4, 3)).detach().sum()))
        .withMessageContaining("without detach()");
    assertThatIllegalStateException()
        .isThrownBy(() -> capture(() -> layer.module().forward(ones(4, 3)).sum()))
        .withMessageContaining("called no tapped layer");
    TorchGradients<Integer> source =
        new TorchGradients<>(
            taps, List.of(4), n -> ModelOutput.ofLoss(layer.forward(ones(n, 3)).sum(), n));
    assertThatIllegalStateException()
        .isThrownBy(() -> source.sampledLabels(new LabelSampler(1)).replay(batch -> {}))
        .withMessageContaining("use classification or regression");
  }

  @Test
  void shapesOfOutputs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelOutput.classification(randn(2, 3, 5), Naive.ids(new long[2][4])))
        .withMessage("Labels have shape [2, 4], expected [2, 3].");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelOutput.classification(randn(2, 5), ones(2)))
        .withMessage("Labels hold Float values, expected Long.");
    ModelOutput output = ModelOutput.classification(randn(2, 3, 5), Naive.ids(new long[2][3]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> output.withMask(ones(2, 4)))
        .withMessageContaining("[2, 4], expected one value a row: [2, 3]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> output.withOffsets(0, 4))
        .withMessageContaining("Offsets end with 4, but the output has 6 rows");
  }

  @Test
  void namesAndWeights() {
    LinearImpl other = new LinearImpl(3, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.linear("fc", other))
        .withMessageContaining("Two layers with different weights");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.linear("twin", layer.module()))
        .withMessageContaining("give tied layers the same name");
    other.weight(layer.module().weight());
    taps.linear("fc", other);
    assertThat(taps.layers()).containsExactly(LayerSpec.linear("fc", 3, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.shareInput("fc", "fd"))
        .withMessageContaining("No layer named \"fd\"");
  }

  @Test
  void inputsDeclaredSharedThatAreNot() {
    TappedLinear other = taps.linear("other", new LinearImpl(3, 2));
    other.module().eval();
    taps.shareInput("other", "fc");
    Tensor x = ones(4, 3);
    capture(() -> layer.forward(x).add(other.forward(x)).sum());
    assertThatIllegalStateException()
        .isThrownBy(() -> capture(() -> layer.forward(x).add(other.forward(ones(4, 3))).sum()))
        .withMessageContaining("Layer \"other\" was declared to share the input of \"fc\"");
  }

  @Test
  void scopes() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> taps.capture(() -> ModelOutput.ofLoss(layer.forward(ones(4, 3)).sum(), 4)))
        .withMessageContaining("PointerScope");
    assertThatIllegalStateException()
        .isThrownBy(
            () -> capture(() -> ones(capture(() -> layer.forward(ones(4, 3)).sum()).examples())))
        .withMessageContaining("running already");
  }

  @Test
  void paddingThatDiffersBetweenTheSides() {
    Conv2dOptions options = new Conv2dOptions(1, 1, new LongPointer(2, 2));
    options.padding().put(new kSame());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.conv2d("conv", new Conv2dImpl(options)))
        .withMessageContaining("Layer \"conv\": padding \"same\"");
  }
}
