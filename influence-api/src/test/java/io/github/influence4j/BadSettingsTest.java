/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.DeviceAddress;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.CurvatureStrategy.Kind;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import io.github.influence4j.store.Safetensors;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Bad models, options and tensors are refused with a text that says how to mend them. */
final class BadSettingsTest extends BadInput {
  @Test
  void vectors() {
    try (Influence influence = influence(FC)) {
      FittedCurvature curvature = influence.fit(sink -> sink.accept(GradientBatch.of(2, fc())));
      double[] vector = new double[FC.outputs() * FC.gradientColumns()];
      illegal(
          () -> curvature.inverseVectorProduct("fc", new double[3], Damping.HEURISTIC),
          "Layer \"fc\": the vector has 3 elements");
      vector[5] = Double.NaN;
      illegal(
          () -> curvature.inverseVectorProduct("fc", vector, Damping.HEURISTIC),
          "Layer \"fc\": element 5 of the vector is NaN.");
    }
  }

  @Test
  void models() {
    illegal(() -> influence(), "No layers; name at least one layer to track.");
    illegal(() -> influence(FC, FC), "Two layers are named \"fc\".");
    LayerSpec k = LayerSpec.linear("k", 3, 2);
    String cannot = "Layer \"k\" cannot share the input of ";
    illegal(() -> influence(FC, k.sharingInputOf("nobody")), cannot + "\"nobody\"");
    illegal(() -> influence(FC, k.withoutBias().sharingInputOf("fc")), cannot + "\"fc\"");
    LayerSpec wide = LayerSpec.linear("k", 4, 2).sharingInputOf("fc");
    illegal(() -> influence(FC, wide), cannot + "\"fc\"");
    LayerSpec own = k.sharingInputOf("k");
    illegal(() -> influence(FC, own), cannot + "\"k\"");
    illegal(() -> LayerSpec.linear("x", 0, 2), "needs at least one input and one output, got 0");
    illegal(
        () -> new LayerSpec("c", 5, 3, true, Conv2d.of(2, 3, 2), null),
        "its convolution has 8 inputs and 3 outputs, got 5 and 3; use LayerSpec.conv2d.");
  }

  @Test
  void convolutionGeometry() {
    Conv2d conv = Conv2d.of(4, 6, 3);
    illegal(() -> conv.withGroups(4), "groups=4 divides neither or only one of inChannels=4 and");
    illegal(() -> conv.withGroups(5), "outChannels=6; it must divide both.");
    illegal(() -> conv.withStride(0), "positive channels, kernel, stride, dilation and groups");
    illegal(() -> conv.withPadding(-1), "padding of 0 or more");
  }

  @Test
  void numbers() {
    for (double value : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      illegal(() -> Damping.absolute(value), "Damping must be positive and finite, got " + value);
      illegal(() -> Damping.relative(value), "Damping must be positive and finite, got " + value);
    }
    illegal(() -> LowRank.randomized(0), "rank must be at least 1, got 0");
    for (double limit : new double[] {0, -1, 1.5, Double.NaN}) {
      illegal(
          () -> LowRank.randomized(2).withMaxResidual(limit),
          "maxResidual must be above 0 and at most 1, got " + limit);
    }
    illegal(() -> ScoreOptions.topK(-1), "topK must be 0 or more, got -1");
    illegal(() -> PAIRS.withDampings(), "Give at least one damping.");
    illegal(() -> new TrainingGroups(0, e -> 0), "count must be at least 1, got 0");
    illegal(() -> CurvatureStrategy.blockDiagonalEkfac(0), "blocks must be at least 1, got 0");
    illegal(() -> new CurvatureStrategy(Kind.DIAGONAL, 2), "DIAGONAL has no blocks");
    illegal(
        () -> Influence.builder().layers(FC).threads(0).build(),
        "threads must be at least 1, got 0");
    LabelSampler sampler = new LabelSampler(1);
    illegal(() -> sampler.softmax(new double[0], 4, 2), "Example 4, row 2: no logits");
    illegal(() -> sampler.softmax(new float[] {Float.NaN}, 4, 2), "row 2: a logit is NaN");
    illegal(() -> sampler.gaussian(0, -1, 4, 2, 0), "Example 4, row 2: the mean is 0.0 and the");
  }

  @Test
  void tensors() {
    illegal(() -> TensorView.of(new float[5], 2, 3), "shape [2, 3] has 6 elements, but the memory");
    illegal(() -> TensorView.of(new float[0], -1, 0), "Negative size in shape [-1, 0]");
    illegal(() -> TensorView.of(new float[0], 1 << 20, 1 << 20), "more than 2^31-1 elements");
    illegal(
        () -> TensorView.of(ByteBuffer.allocate(6), ElementType.F32, 1),
        "6 bytes are no whole number of F32 elements");
    illegal(() -> TensorView.allocate(ElementType.F64, 1 << 30), "more than the 2 GiB");
  }

  @Test
  void optionsThatDoNotGoTogether() {
    TrainingGroups all = TrainingGroups.all();
    illegal(() -> ScoreOptions.topK(1).withGroups(all), "neither top-k nor row scores");
    illegal(() -> PAIRS.withPerRow(true).withGroups(all), "neither top-k nor row scores");
    illegal(() -> PAIRS.withPerRow(true).withPerQueryRow(true), "rows of one side at a time");
    illegal(
        () -> PAIRS.withAggregatedQueries(true).withPerQueryRow(true), "has no query rows; score");
    illegal(() -> SelfInfluenceOptions.defaults().withDampings(), "at least one damping");
  }

  @Test
  void memoryOfAGpu() {
    illegal(
        () -> TensorView.onDevice(66, 0, ElementType.F32, 2),
        "Address 42 is no address of F32 elements on a GPU; expected a multiple of 4 above 0.");
    illegal(() -> TensorView.onDevice(0, 0, ElementType.F32, 2), "Address 0 is no address");
    TensorView tensor = TensorView.onDevice(64, 7, ElementType.F64, 2, 3);
    assertThat(tensor.slice(2, 4).device()).isEqualTo(new DeviceAddress(80, 7));
    assertThat(tensor.reshape(6)).hasToString("F64[6] on a GPU");
    String text =
        "A tensor in the memory of a GPU was read on the host; copy it to the host first.";
    outOfOrder(() -> tensor.get(0), text);
    outOfOrder(tensor::toDoubles, text);
    illegal(() -> Safetensors.writer().add("x", tensor), "memory of a GPU cannot be written");
  }
}
