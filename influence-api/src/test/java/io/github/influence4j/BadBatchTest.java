/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureFitter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad batches are refused with a text that says what is wrong, where, and how to mend it. */
final class BadBatchTest extends BadInput {
  static Stream<Arguments> linearBatches() {
    TensorView a = tensor(2, 3);
    TensorView g = tensor(2, 2);
    double nan = Double.NaN;
    return Stream.of(
        arguments(
            two(fc(tensor(2, 4), g)),
            "Layer \"fc\": activations have 4 columns, weight expects 3; pass the input of the"
                + " layer, not its output."),
        arguments(
            two(fc(a, tensor(2, 3))),
            "Layer \"fc\": output gradients have 3 columns, weight expects 2; pass the gradient at"
                + " its output."),
        arguments(
            two(fc(TensorView.onDevice(64, 0, ElementType.F32, 2, 3), g)),
            "Layer \"fc\": activations are on a GPU, where backend \"reference\" cannot read them;"
                + " move the tensor to the host, or choose the backend with"
                + " Influence.builder().backend(\"cuda\")."),
        arguments(two(fc(tensor(3), g)), "activations have shape [3], expected [rows, 3]"),
        arguments(
            two(fc(a, tensor(4, 2))),
            "activations have 2 rows, output gradients 4; pass both of the same forward pass"),
        arguments(
            two(fc(tensor(4, 3), tensor(4, 2))),
            "activations of shape [4, 3] do not start with the 2 examples of the batch; pass"
                + " offsets where examples differ in length"),
        arguments(two(fc(tensor(3, 1, 3), tensor(3, 1, 2))), "do not start with the 2 examples"),
        arguments(two(fc(tensor(2, 0, 3), tensor(2, 0, 2))), "[2, 0, 3] have no rows; use Layer"),
        arguments(two(fc(tensor(0, 3), tensor(0, 2))), "do not start with the 2 examples"),
        arguments(
            two(fc(tensor(2, 4, 3), tensor(4, 2, 2))),
            "activations of shape [2, 4, 3] and output gradients of shape [4, 2, 2] differ in more"
                + " than the last dimension"),
        arguments(two(fc(tensor(2, 1, 3), g)), "differ in more than the last dimension"),
        arguments(two(fc(a, g).withRowsOf(0)), "1 examples were named for 2 rows; name the"),
        arguments(
            two(fc(a, g).withRowsOf(0, 2)),
            "row 1 is said to be of example 2, but the batch has examples 0 to 1; count them within"
                + " the batch, and mask rows that belong to none"),
        arguments(two(fc(a, g).withRowsOf(-1, 0)), "row 0 is said to be of example -1"),
        arguments(
            two(fc(a, g).withRowsOf(1, 0).withOffsets(0, 1, 2)),
            "both offsets and the example of each row were given"),
        arguments(
            two(fc(with(nan, 5, 2, 3), g)),
            "Layer \"fc\": activations of batch 0 hold NaN or infinity, first in row 1; nothing of"
                + " this batch was used. Mask padding, or look for an overflow in the model."),
        arguments(
            two(fc(a, with(Double.NEGATIVE_INFINITY, 0, 2, 2))),
            "Layer \"fc\": output gradients of batch 0 hold NaN or infinity, first in row 0"),
        arguments(two(fc().withOffsets(0, 6)), "2 offsets for 2 examples; expected one more"),
        arguments(two(fc().withOffsets(0, 3, 5)), "offsets run from 0 to 5, expected 0 to 6"),
        arguments(two(fc().withOffsets(1, 3, 6)), "offsets run from 1 to 6, expected 0 to 6"),
        arguments(
            two(fc().withOffsets(0, 7, 6)),
            "offsets out of order: example 1 starts at row 7, the next at 6"),
        arguments(two(fc().withMask(true, false)), "the mask has 2 values for 6 rows; pass one"),
        arguments(two(), "Layer \"fc\": batch 0 has nothing of it; pass every layer of the model"),
        arguments(
            two(fc(a, g), new LayerBatch("fd", a, g)),
            "Batch 0 has a layer \"fd\" that the model does not have; its layers are [fc]"),
        arguments(
            two(fc(a, g), fc(TensorView.of(new float[6], 2, 3), g)),
            "Layer \"fc\": its uses have different element types; pass one type."),
        arguments(GradientBatch.of(0, fc(a, g)), "Batch 0 has 0 examples; pass at least one."));
  }

  @ParameterizedTest
  @MethodSource("linearBatches")
  void linear(GradientBatch batch, String message) {
    refused(FC, batch, message);
  }

  static Stream<Arguments> convolutionBatches() {
    TensorView in = tensor(2, 2, 4, 4);
    TensorView out = tensor(2, 3, 3, 3);
    return Stream.of(
        arguments(
            two(conv(tensor(2, 3, 4, 4), out)),
            "Layer \"conv\": the convolution's input has shape [2, 3, 4, 4], expected [2 examples,"
                + " 2 channels, height, width]; pass the raw input, it is unfolded here."),
        arguments(two(conv(tensor(2, 32), out)), "input has shape [2, 32]"),
        arguments(two(conv(tensor(1, 2, 4, 4), out)), "input has shape [1, 2, 4, 4]"),
        arguments(
            two(conv(in, tensor(2, 3, 4, 4))),
            "output gradients have shape [2, 3, 4, 4], its geometry expects [2, 3, 3, 3] from an"
                + " input of shape [2, 2, 4, 4]; check kernel, stride, padding and dilation."),
        arguments(two(conv(in, tensor(2, 27))), "output gradients have shape [2, 27]"),
        arguments(two(conv(tensor(2, 2, 1, 4), out)), "its geometry expects [2, 3, 0, 3]"),
        arguments(two(conv(in, out).withOffsets(0, 9, 18)), "a convolution takes no offsets"),
        arguments(two(conv(tensor(2, 2, 16), tensor(2, 3, 9))), "input has shape [2, 2, 16]"),
        arguments(
            two(conv(in, out).withRowsOf(1, 0, 1)),
            "3 examples were named for 2 images; name one an image"),
        arguments(two(conv(in, out).withRowsOf(1, 2)), "said to be of example 2"),
        arguments(
            two(conv(tensor(0, 2, 4, 4), out).withRowsOf()),
            "input has no images, its output gradients have shape [2, 3, 3, 3]"),
        arguments(
            two(conv(in, out).withMask(new boolean[2])), "the mask has 2 values for 18 rows"));
  }

  @ParameterizedTest
  @MethodSource("convolutionBatches")
  void convolution(GradientBatch batch, String message) {
    refused(CONV, batch, message);
  }

  private static void refused(LayerSpec layer, GradientBatch batch, String message) {
    try (Influence influence = influence(layer);
        CurvatureFitter fitter = influence.fitter()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fitter.addCovariance(batch))
          .withMessageContaining(message);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = PaddingMode.class,
      names = {"REFLECT", "CIRCULAR"})
  void paddingWiderThanTheImage(PaddingMode mode) {
    Conv2d wide = Conv2d.of(1, 1, 3).withPadding(3).withPaddingMode(mode);
    LayerBatch batch = new LayerBatch("c", tensor(2, 1, 2, 2), tensor(2, 1, 6, 6));
    refused(
        LayerSpec.conv2d("c", wide), two(batch), mode + " padding of 3 x 3 needs a larger input");
  }

  @Test
  void layersThatShareAnInputHaveTheSameRows() {
    LayerSpec k = LayerSpec.linear("k", 3, 1).sharingInputOf("fc");
    LayerBatch more = new LayerBatch("k", tensor(4, 3), tensor(4, 1)).withOffsets(0, 2, 4);
    try (Influence influence = influence(FC, k);
        CurvatureFitter fitter = influence.fitter()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fitter.addCovariance(two(fc(), more)))
          .withMessageContaining(
              "\"k\" shares the input of \"fc\" but has 4 rows where that has 6");
    }
  }

  @Test
  void layersThatShareAnInputAreFedIt() {
    LayerSpec k = LayerSpec.linear("k", 3, 1).sharingInputOf("fc");
    float[] input = {1, 2, 3, -1, 2, 0, 4, 4, 1, 1, 0, 2};
    float[] reordered = {-1, 2, 0, 1, 2, 3, 4, 4, 1, 1, 0, 2};
    for (boolean sameLargest : new boolean[] {false, true}) {
      float[] other = input.clone();
      other[sameLargest ? 5 : 2] += 0.5f;
      sharingRefused(
          k,
          shared(input, other),
          "Layer \"k\" shares the input of \"fc\" but was fed other activations than that; feed"
              + " both the same input, or declare the layer without sharingInputOf.");
    }
    try (Influence influence = influence(FC, k);
        CurvatureFitter fitter = influence.fitter()) {
      fitter.addCovariance(shared(input, input.clone()));
      GradientBatch others = shared(input, reordered);
      LayerBatch owned = others.layers().get(1).withRowsOf(0, 0, 1, 1);
      fitter.addCovariance(GradientBatch.of(2, others.layers().get(0), owned));
    }
  }

  private static void sharingRefused(LayerSpec k, GradientBatch batch, String message) {
    try (Influence influence = influence(FC, k);
        CurvatureFitter fitter = influence.fitter()) {
      illegal(() -> fitter.addCovariance(batch), message);
    }
  }

  private static GradientBatch shared(float[] input, float[] other) {
    return GradientBatch.of(
        2,
        new LayerBatch("fc", TensorView.of(input, 2, 2, 3), tensor(2, 2, 2)),
        new LayerBatch("k", TensorView.of(other, 2, 2, 3), tensor(2, 2, 1)));
  }

  @Test
  void convolutionsThatShareAnInputUnfoldItAlike() {
    LayerSpec plain = LayerSpec.conv2d("plain", Conv2d.of(2, 3, 3).withPadding(1));
    Conv2d more = Conv2d.of(2, 4, 3).withPadding(1);
    influence(plain, LayerSpec.conv2d("more", more).sharingInputOf("plain")).close();
    for (Conv2d other :
        List.of(
            more.withPadding(2).withDilation(2),
            more.withStride(2),
            more.withPadding(0),
            more.withPaddingMode(PaddingMode.REFLECT))) {
      illegal(
          () -> influence(plain, LayerSpec.conv2d("other", other).sharingInputOf("plain")),
          "for a convolution, the same kernel, stride, padding, dilation and groups.");
    }
    illegal(
        () -> influence(plain, LayerSpec.linear("fc", 18, 4).sharingInputOf("plain")),
        "cannot share the input of");
  }
}
