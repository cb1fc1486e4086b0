/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.DeviceAddress;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.CurvatureStrategy.Kind;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import io.github.influence4j.store.Safetensors;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input is refused with a text that says what is wrong, where, and how to mend it. */
class BadInputTest {
  private static final LayerSpec FC = LayerSpec.linear("fc", 3, 2);
  private static final LayerSpec CONV = LayerSpec.conv2d("conv", Conv2d.of(2, 3, 2).withGroups(1));
  private static final ScoreOptions PAIRS = ScoreOptions.pairwise();

  private static Influence influence(LayerSpec... layers) {
    return Influence.builder().layers(layers).backend("reference").build();
  }

  private static double[] values(int count) {
    double[] out = new double[count];
    Arrays.setAll(out, i -> Math.sin(i + 1));
    return out;
  }

  private static TensorView tensor(long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return TensorView.of(values(count), shape);
  }

  /** Two examples of three rows each. */
  private static LayerBatch fc() {
    return new LayerBatch("fc", tensor(6, 3), tensor(6, 2)).withOffsets(0, 3, 6);
  }

  private static LayerBatch fc(TensorView activations, TensorView gradients) {
    return new LayerBatch("fc", activations, gradients);
  }

  private static LayerBatch conv(TensorView input, TensorView gradients) {
    return new LayerBatch("conv", input, gradients);
  }

  private static GradientBatch two(LayerBatch... layers) {
    return GradientBatch.of(2, layers);
  }

  private static TensorView with(double value, int index, long... shape) {
    TensorView tensor = tensor(shape);
    tensor.set(index, value);
    return tensor;
  }

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

  private static void illegal(Runnable action, String message) {
    assertThatIllegalArgumentException().isThrownBy(action::run).withMessageContaining(message);
  }

  private static void outOfOrder(Runnable action, String message) {
    assertThatIllegalStateException().isThrownBy(action::run).withMessageContaining(message);
  }

  private static GradientSource source(GradientBatch... batches) {
    return sink -> Arrays.stream(batches).forEach(sink::accept);
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

  @Test
  void factorsOfAnotherModel() {
    LayerSpec other = LayerSpec.linear("other", 3, 2);
    LayerBatch second = new LayerBatch("other", tensor(2, 3), tensor(2, 2));
    try (Influence influence = influence(FC);
        Influence both = influence(other, FC);
        Influence swapped = influence(FC, other)) {
      FittedCurvature curvature = both.fit(source(two(second, fc(tensor(2, 3), tensor(2, 2)))));
      illegal(() -> influence.scorer(curvature), "These factors belong to another model: without");
      illegal(() -> influence.scorer(curvature), "not in the model are [LayerSpec[name=other");
      illegal(
          () -> swapped.scorer(curvature), "in another order; build Influence with [other, fc]");
      illegal(() -> curvature.factors("nobody"), "No factors for layer \"nobody\"; there are some");
    }
  }

  @Test
  void closedResources() {
    Influence influence = influence(FC);
    GradientSource data = source(two(fc()));
    FittedCurvature curvature = influence.fit(data);
    InfluenceScorer scorer = influence.scorer(curvature);
    CurvatureFitter closed = influence.fitter();
    closed.close();
    closed.close();
    CurvatureFitter open = influence.fitter();
    outOfOrder(() -> closed.addCovariance(two(fc())), "CurvatureFitter already closed");
    outOfOrder(closed::eigendecompose, "CurvatureFitter already closed");
    outOfOrder(() -> closed.addSquares(two(fc())), "CurvatureFitter already closed");
    outOfOrder(closed::finish, "CurvatureFitter already closed");
    InfluenceScores scores = influence.score(curvature, data, data, PAIRS);
    influence.close();
    influence.close();
    outOfOrder(influence::fitter, "Influence already closed");
    outOfOrder(() -> influence.fit(data), "Influence already closed");
    outOfOrder(() -> influence.scorer(curvature), "Influence already closed");
    outOfOrder(() -> scorer.score(data, data, PAIRS), "already closed");
    outOfOrder(() -> scorer.selfInfluence(data, SelfInfluenceOptions.defaults()), "already closed");
    outOfOrder(() -> open.addCovariance(two(fc())), "already closed");
    open.close();
    assertThat(scores.score(0, 0)).isFinite();
    assertThat(curvature.eigenvalues("fc")).hasSize(8);
  }

  @Test
  void stepsOfTheFitterOutOfOrder() {
    GradientBatch batch = two(fc());
    try (Influence influence = influence(FC);
        CurvatureFitter fitter = influence.fitter()) {
      outOfOrder(fitter::eigendecompose, "No examples; add batches to the covariances first.");
      outOfOrder(() -> fitter.addSquares(batch), "Call eigendecompose() before the second pass.");
      outOfOrder(fitter::finish, "Call eigendecompose() first.");
      fitter.addCovariance(batch);
      fitter.eigendecompose();
      outOfOrder(fitter::eigendecompose, "Covariances are already decomposed; start a new fitter.");
      outOfOrder(() -> fitter.addCovariance(batch), "Covariances are already decomposed");
      outOfOrder(fitter::finish, "No examples; add batches to the squares first.");
      fitter.addSquares(batch);
      assertThat(fitter.finish().factors("fc").rows()).isEqualTo(6);
    }
  }

  @Test
  void stepsThatAStrategyDoesNotHave() {
    GradientBatch batch = two(fc());
    CurvatureStrategy[] strategies = {CurvatureStrategy.DIAGONAL, CurvatureStrategy.KFAC};
    String[] messages = {"DIAGONAL has no covariances", "KFAC has no squares"};
    for (int i = 0; i < 2; i++) {
      String message = messages[i];
      try (Influence influence =
              Influence.builder().layers(FC).backend("reference").strategy(strategies[i]).build();
          CurvatureFitter fitter = influence.fitter()) {
        Runnable step = i == 0 ? () -> fitter.addCovariance(batch) : () -> fitter.addSquares(batch);
        outOfOrder(step, message);
      }
    }
  }

  @Test
  void emptySources() {
    GradientSource nothing = sink -> {};
    GradientSource some = source(two(fc()));
    try (Influence influence = influence(FC)) {
      outOfOrder(() -> influence.fit(nothing), "No examples; add batches");
      FittedCurvature curvature = influence.fit(some);
      InfluenceScorer scorer = influence.scorer(curvature);
      illegal(() -> scorer.score(nothing, some, PAIRS), "The query source pushed no examples.");
      illegal(() -> scorer.score(some, nothing, PAIRS), "The training source pushed no examples.");
      illegal(
          () -> scorer.selfInfluence(nothing, SelfInfluenceOptions.defaults()),
          "The training source pushed no examples.");
    }
  }

  @Test
  void sourcesThatChangeBetweenReplays() {
    int[] replays = {0};
    GradientSource growing =
        sink -> {
          for (int i = 0; i <= replays[0]; i++) {
            sink.accept(two(fc()));
          }
          replays[0]++;
        };
    GradientSource same = source(two(fc()));
    try (Influence influence =
        Influence.builder().layers(FC).backend("reference").maxMemory(420).build()) {
      outOfOrder(
          () -> influence.fit(growing), "The source pushed 4 examples after 2 in the first replay");
      InfluenceScorer scorer = influence.scorer(influence.fit(same));
      replays[0] = 0;
      outOfOrder(
          () -> scorer.score(growing, same, PAIRS),
          "pushed 4 queries after 2 in an earlier replay");
      replays[0] = 0;
      outOfOrder(
          () -> scorer.score(same, growing, PAIRS),
          "pushed 4 examples after 2 in an earlier replay");
    }
  }

  @Test
  void fittedStateSurvivesABadBatch() {
    TensorView bad = with(Double.NaN, 2, 2, 3);
    GradientBatch[] refused = {
      two(fc(bad, tensor(2, 2))),
      two(fc(tensor(2, 3), with(Double.NaN, 0, 2, 2))),
      two(fc(tensor(2, 4), tensor(2, 2))),
      two()
    };
    LayerSpec first = LayerSpec.linear("first", 2, 1);
    LayerBatch good = new LayerBatch("first", tensor(2, 2), tensor(2, 1));
    FittedCurvature clean = fit(good, first);
    assertThat(bits(fit(good, first, refused))).isEqualTo(bits(clean));
  }

  /** The layer "first" is in order in all batches, so that a half-used batch would show. */
  private static FittedCurvature fit(LayerBatch good, LayerSpec first, GradientBatch... bad) {
    GradientBatch fine = two(good, fc());
    try (Influence influence = influence(first, FC);
        CurvatureFitter fitter = influence.fitter()) {
      fitter.addCovariance(fine);
      for (GradientBatch batch : bad) {
        GradientBatch mixed = with(good, batch);
        assertThatIllegalArgumentException().isThrownBy(() -> fitter.addCovariance(mixed));
      }
      fitter.addCovariance(fine);
      fitter.eigendecompose();
      fitter.addSquares(fine);
      for (GradientBatch batch : bad) {
        GradientBatch mixed = with(good, batch);
        assertThatIllegalArgumentException().isThrownBy(() -> fitter.addSquares(mixed));
      }
      fitter.addSquares(fine);
      return fitter.finish();
    }
  }

  private static GradientBatch with(LayerBatch good, GradientBatch bad) {
    return new GradientBatch(2, Stream.concat(Stream.of(good), bad.layers().stream()).toList());
  }

  private static double[] bits(FittedCurvature curvature) {
    Stream.Builder<double[]> all = Stream.builder();
    for (LayerSpec layer : curvature.layers()) {
      PartFactors part = curvature.factors(layer.name()).parts().get(0);
      for (var blocks : List.of(part.activations(), part.gradients())) {
        all.add(blocks.get(0).covariance().toDoubles());
        all.add(blocks.get(0).eigenvalues().toDoubles());
        all.add(blocks.get(0).eigenvectors().toDoubles());
      }
      all.add(Objects.requireNonNull(part.squares()).toDoubles());
    }
    return Tensors.concat(all.build().toArray(double[][]::new));
  }

  @Test
  void messagesNumberBatchesByPass() {
    GradientBatch fine = two(fc());
    GradientBatch bad = two(fc(with(Double.NaN, 0, 2, 3), tensor(2, 2)));
    try (Influence influence = influence(FC);
        CurvatureFitter fitter = influence.fitter()) {
      fitter.addCovariance(fine);
      illegal(() -> fitter.addCovariance(bad), "activations of batch 1 hold NaN");
      fitter.eigendecompose();
      fitter.addSquares(fine);
      illegal(() -> fitter.addSquares(bad), "activations of batch 1 hold NaN");
    }
  }

  @Test
  void maskedRowsMayHoldAnythingAndUnmaskedRowsAreNamedAsStored() {
    boolean[] mask = {true, false, true, true, true, true};
    LayerBatch fine = fc(with(Double.NaN, 4, 6, 3), tensor(6, 2)).withOffsets(0, 3, 6);
    LayerBatch bad = fc(with(Double.NaN, 6, 6, 3), tensor(6, 2)).withOffsets(0, 3, 6);
    try (Influence influence = influence(FC)) {
      assertThatCode(() -> influence.fit(source(two(fine.withMask(mask)))))
          .doesNotThrowAnyException();
      illegal(() -> influence.fit(source(two(bad.withMask(mask)))), "first in row 2;");
    }
  }

  @Test
  void fullyMaskedExampleScoresZero() {
    LayerBatch half = fc().withMask(false, false, false, true, true, true);
    try (Influence influence = influence(FC)) {
      FittedCurvature curvature = influence.fit(source(two(fc())));
      GradientSource masked = source(two(half));
      InfluenceScores scores =
          influence.score(curvature, source(two(fc())), masked, PAIRS.withPerRow(true));
      assertThat(scores.score(0, 0)).isZero();
      assertThat(scores.score(0, 1)).isNotZero();
      assertThat(scores.rowScores(0, 0)).isEmpty();
      assertThat(
              influence.selfInfluence(curvature, masked, SelfInfluenceOptions.defaults())
                  .scores()[0])
          .isZero();
      LayerBatch none = fc().withMask(new boolean[6]);
      outOfOrder(
          () -> influence.fit(source(two(none))), "Layer \"fc\": every row so far was masked");
      // Also where the layer is used a second time, and one of the uses has no rows at all.
      for (GradientBatch twice :
          List.of(two(LayerBatch.empty(FC), none), two(none, LayerBatch.empty(FC)))) {
        outOfOrder(() -> influence.fit(source(twice)), "Layer \"fc\": every row so far was masked");
      }
    }
  }

  @Test
  void layerWithoutGradientsHasNoInfluence() {
    LayerSpec dead = LayerSpec.linear("dead", 2, 2);
    GradientBatch fit =
        two(new LayerBatch("dead", tensor(2, 2), TensorView.of(new double[4], 2, 2)), fc());
    GradientSource alive = source(two(new LayerBatch("dead", tensor(2, 2), tensor(2, 2)), fc()));
    for (Kind kind : List.of(Kind.DIAGONAL, Kind.KFAC, Kind.EKFAC)) {
      try (Influence influence =
          Influence.builder()
              .layers(dead, FC)
              .strategy(new CurvatureStrategy(kind, 1))
              .backend("reference")
              .build()) {
        FittedCurvature curvature = influence.fit(source(fit));
        ScoreOptions options = PAIRS.withPerLayer(true).withDampings(Damping.absolute(1e-3));
        InfluenceScores scores = influence.score(curvature, alive, alive, options);
        assertThat(scores.layerScores("dead", 0)).containsOnly(0);
        assertThat(scores.layerScores("fc", 0)).doesNotContain(0);
        SelfInfluenceOptions self =
            SelfInfluenceOptions.defaults().withPerLayer(true).withDampings(Damping.absolute(1e-3));
        assertThat(influence.selfInfluence(curvature, alive, self).layerScores("dead"))
            .containsOnly(0);
      }
    }
  }

  @Test
  void overflowNamesTheLayer() {
    TensorView huge = with(1e200, 1, 2, 2);
    try (Influence influence = influence(FC)) {
      assertThatThrownBy(() -> influence.fit(source(two(fc(tensor(2, 3), huge)))))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("Layer \"fc\": the gradient covariance of features 1 and 1 is")
          .hasMessageContaining("scale the loss down");
    }
    try (Influence diagonal =
        Influence.builder()
            .layers(FC)
            .backend("reference")
            .strategy(CurvatureStrategy.DIAGONAL)
            .build()) {
      assertThatThrownBy(() -> diagonal.fit(source(two(fc(tensor(2, 3), huge)))))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("Layer \"fc\": a sum of squared gradients is");
    }
  }

  @Test
  void groupsOutOfRangeAndMemoryTooSmall() {
    GradientSource data = source(two(fc()));
    try (Influence influence =
        Influence.builder().layers(FC).backend("reference").maxMemory(383).build()) {
      illegal(
          () -> influence.fit(data),
          "Layer \"fc\": fitting needs 384 bytes, more than maxMemory=383 allows; raise maxMemory");
    }
    try (Influence influence =
        Influence.builder().layers(FC).backend("reference").maxMemory(415).build()) {
      FittedCurvature curvature = influence.fit(data);
      illegal(
          () -> influence.score(curvature, data, data, PAIRS),
          "Layer \"fc\": one query with 1 damping(s) needs 416 bytes, more than maxMemory=415");
    }
    try (Influence influence = influence(FC)) {
      FittedCurvature curvature = influence.fit(data);
      ScoreOptions options = PAIRS.withGroups(new TrainingGroups(2, example -> 2));
      illegal(
          () -> influence.score(curvature, data, data, options),
          "Training example 0 was put in group 2 of 2; use 0 to 1, or -1 to leave it out.");
    }
  }

  @Test
  void rowScoresOfLayersWithUnlikeRows() {
    rowScoresRefused(new LayerBatch("other", tensor(2, 3), tensor(2, 2)), fc());
    LayerBatch all = new LayerBatch("other", tensor(2, 3, 3), tensor(2, 3, 2));
    LayerBatch fc = new LayerBatch("fc", tensor(2, 3, 3), tensor(2, 3, 2));
    rowScoresRefused(
        all.withMask(true, true, false, true, true, false),
        fc.withMask(true, false, true, true, true, false));
    rowScoresRefused(all.withRowsOf(0, 1, 0, 1, 0, 1), fc);
  }

  private static void rowScoresRefused(LayerBatch one, LayerBatch fc) {
    LayerSpec other = LayerSpec.linear("other", 3, 2);
    GradientSource data = source(two(fc, one));
    // At once, and with one layer a pass.
    for (long memory : new long[] {1000, 420}) {
      try (Influence influence =
          Influence.builder().layers(FC, other).backend("reference").maxMemory(memory).build()) {
        InfluenceScorer scorer = influence.scorer(influence.fit(data));
        illegal(
            () -> scorer.score(data, data, PAIRS.withPerRow(true)),
            "Row scores need layers with the same rows, but");
        illegal(
            () -> scorer.score(data, data, PAIRS.withPerQueryRow(true)),
            "Row scores need layers with the same rows, but");
      }
    }
  }
}
