/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.tanh;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Conv1dImpl;
import org.bytedeco.pytorch.Conv1dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Layers whose rows are not simply the examples' in order: the gradient of each example is that of
 * autograd over the example alone, or the layer is refused by name.
 */
@SuppressWarnings({"try", "UnnecessaryLambda"}) // scopes are guards; models are parameters
final class OwnershipTest {
  private static final int EXAMPLES = 6;
  private static final int ROWS = 3;
  private static final int WIDTH = 4;

  private final Taps taps = new Taps();
  private final TappedLinear expert = taps.linear("expert", new LinearImpl(WIDTH, WIDTH));
  private final TappedLinear head = taps.linear("head", new LinearImpl(WIDTH, 2));
  private final Tensor data = randn(EXAMPLES, ROWS, WIDTH);
  private final List<Tensor> weights = new ArrayList<>();
  private boolean stated = true;

  OwnershipTest() {
    for (TappedLinear layer : List.of(expert, head)) {
      layer.module().eval();
      weights.add(layer.module().weight());
      weights.add(layer.module().bias());
    }
  }

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
    manual_seed(11);
  }

  private ModelOutput output(Tensor logits) {
    Tensor targets = logits.detach().mul(new Scalar(0.5)).add(new Scalar(1));
    return ModelOutput.regression(logits, targets);
  }

  private GradientSource source(Function<Tensor, Tensor> model, int batchSize) {
    List<Tensor> batches = new ArrayList<>();
    for (int first = 0; first < EXAMPLES; first += batchSize) {
      batches.add(data.narrow(0, first, Math.min(batchSize, EXAMPLES - first)));
    }
    return new TorchGradients<>(taps, batches, x -> output(model.apply(x))).dataLabels();
  }

  private double[][] scores(GradientSource source) {
    try (Influence influence =
        Influence.builder()
            .layers(taps.layers())
            .strategy(CurvatureStrategy.IDENTITY)
            .backend("reference")
            .precision(Precision.F64)
            .build()) {
      return influence
          .score(influence.fit(source), source, source, ScoreOptions.pairwise())
          .toMatrix();
    }
  }

  /** Dot products of what backward() gives for each example alone. */
  private double[][] expected(Function<Tensor, Tensor> model) {
    double[][] gradients = new double[EXAMPLES][];
    for (int e = 0; e < EXAMPLES; e++) {
      try (PointerScope scope = new PointerScope()) {
        output(model.apply(data.narrow(0, e, 1))).dataLoss().sum().backward();
        gradients[e] = weights.stream().flatMapToDouble(w -> Arrays.stream(taken(w))).toArray();
      }
    }
    double[][] products = new double[EXAMPLES][EXAMPLES];
    for (int i = 0; i < EXAMPLES * EXAMPLES; i++) {
      products[i / EXAMPLES][i % EXAMPLES] =
          Naive.dot(gradients[i / EXAMPLES], gradients[i % EXAMPLES]);
    }
    return products;
  }

  private static double[] taken(Tensor weight) {
    if (!weight.grad().defined()) {
      return new double[(int) weight.numel()];
    }
    double[] values = HostCopies.doubles(weight.grad());
    weight.grad().zero_();
    return values;
  }

  private void right(Function<Tensor, Tensor> model, int... batchSizes) {
    double[] expected = flat(expected(model));
    for (int size : batchSizes) {
      assertThat(Naive.relativeError(flat(scores(source(model, size))), expected))
          .as("batches of %d", size)
          .isLessThan(1e-5);
    }
  }

  private static double[] flat(double[][] matrix) {
    return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
  }

  private void refused(Function<Tensor, Tensor> model, int batchSize, String message) {
    for (int attempt = 0; attempt < 2; attempt++) { // a refusal is not forgotten
      assertThatIllegalArgumentException()
          .isThrownBy(() -> source(model, batchSize).replay(batch -> {}))
          .withMessageContaining("Layer \"")
          .withMessageContaining(message);
    }
  }

  /** Tokens in reverse order, those whose first number is above a bound; owners stated or not. */
  private Function<Tensor, Tensor> routed(double bound) {
    return x -> {
      double[] values = HostCopies.doubles(x);
      int tokens = values.length / WIDTH;
      return mixture(
          x,
          IntStream.range(0, tokens)
              .map(i -> tokens - 1 - i)
              .filter(i -> values[i * WIDTH] > bound)
              .toArray());
    };
  }

  /** The last token of each example, examples in reverse order: as many rows as examples. */
  private Function<Tensor, Tensor> oneEach() {
    return x -> {
      int n = (int) x.size(0);
      return mixture(x, IntStream.range(0, n).map(i -> (n - i) * ROWS - 1).toArray());
    };
  }

  private Tensor mixture(Tensor x, int[] tokens) {
    Tensor rows = tanh(x.reshape(-1, WIDTH));
    Tensor index =
        AbstractTensor.create(Arrays.stream(tokens).asLongStream().toArray(), tokens.length);
    if (stated) {
      taps.rowsOf("expert", Arrays.stream(tokens).map(token -> token / ROWS).toArray());
    }
    Tensor mixed = rows.index_add(0, index, expert.forward(rows.index_select(0, index)));
    return head.forward(tanh(mixed).reshape(x.size(0), ROWS, WIDTH).mean(1));
  }

  @ParameterizedTest
  @CsvSource({"0", "-9", "0.5", "9"}) // some, all, few tokens, none
  void routedTokensThatAreNamed(double bound) {
    right(routed(bound), 1, 2, 4, 6);
  }

  @Test
  void routedTokensThatAreNotNamed() {
    stated = false;
    refused(routed(0.1), 4, "\"expert\"");
    refused(routed(-9), 4, "has shape [12, 4], which does not say which of the 4 examples owns");
    right(routed(0), 1);
  }

  @Test
  void asManyRoutedTokensAsExamples() {
    right(oneEach(), 1, 2, 3, 6);
    stated = false;
    refused(oneEach(), 6, "is of example 5 of the batch, not of example 0");
    refused(oneEach(), 2, "rowsOf");
    taps.examplesFirst("expert"); // stated, but not so
    refused(oneEach(), 2, "is of example 1 of the batch, not of example 0");
  }

  @Test
  void tokensNamedWrongly() {
    refused(
        x -> {
          taps.rowsOf("expert", 0, 1, 0, 1);
          stated = false;
          return mixture(x, new int[] {0, 1, 3, 4});
        },
        2,
        "Layer \"expert\": the gradient at row 1 is of example 0 of the batch, not of example 1");
  }

  @Test
  void tokensNamedForACallThatNeverComes() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                source(
                        x -> {
                          taps.rowsOf("expert", 0);
                          return head.forward(x.mean(1));
                        },
                        2)
                    .replay(batch -> {}))
        .withMessageContaining("Layer \"expert\": rowsOf named the examples of 1 rows");
  }

  @Test
  void layersThatBatchesDoNotCall() {
    Function<Tensor, Tensor> sometimes =
        x ->
            HostCopies.doubles(x)[0] > 0
                ? head.forward(expert.forward(x.mean(1)))
                : head.forward(x.mean(1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores(source(sometimes, 1)))
        .withMessageContaining("Layer \"expert\": batch");
    taps.mayBeUncalled("expert");
    right(sometimes, 1);
  }

  private Function<Tensor, Tensor> positions(TappedLinear layer, boolean expanded) {
    Tensor places = randn(ROWS, WIDTH);
    return x -> {
      Tensor at =
          expanded ? places.unsqueeze(0).expand(new long[] {x.size(0), -1, -1}, false) : places;
      Tensor y = layer.forward(at);
      return head.forward(tanh(x.add(y)).mean(1));
    };
  }

  @Test
  void aTableThatExamplesShare() {
    refused(positions(expert, false), ROWS, "is of several examples");
    refused(positions(expert, false), 2, "which does not say which of the 2 examples owns");
    taps.examplesFirst("expert");
    refused(positions(expert, false), ROWS, "expand it to [examples, rows, inputs]");
    right(positions(expert, false), 1);
    right(positions(expert, true), 1, 2, 3, 6);
  }

  private Function<Tensor, Tensor> transposed() {
    return x -> head.forward(tanh(expert.forward(x.transpose(0, 1).contiguous())).mean(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {ROWS, 2})
  void rowsBeforeExamples(int batchSize) {
    right(transposed(), 1);
    refused(transposed(), batchSize, "rowsFirst");
    taps.rowsFirst("expert");
    right(transposed(), 1, 2, ROWS);
    refused(x -> head.forward(expert.forward(x).mean(1)), ROWS, "not of example");
  }

  @Test
  void rowsAndPooledRowsNeedNoWord() {
    right(x -> head.forward(tanh(expert.forward(x)).mean(1)), 1, 2, ROWS, 4, 6);
    right(x -> head.forward(tanh(expert.forward(x.mean(1)))), 1, 2, ROWS, 4, 6);
  }

  @Test
  void examplesThatTheModelMixes() {
    refused(
        x -> head.forward(tanh(expert.forward(x.mean(1))).sub(expert.forward(x.mean(1)).mean(0))),
        4,
        "\"expert\": the gradient at row 0 is of several examples");
  }

  /** A mask of the output's rows beside a layer that has as many rows by chance. */
  @Test
  void masksOfOtherRows() {
    Tensor memory = data.flip(1);
    Tensor mask = Naive.ids(new long[] {1, 1, 0}, new long[] {1, 1, 1});
    Tensor all = Naive.ids(new long[] {1, 1, 1}, new long[] {1, 1, 1});
    Function<Boolean, ModelOutput> run =
        own -> {
          Tensor context = tanh(expert.forward(memory.narrow(0, 0, 2))).mean(1).unsqueeze(1);
          Tensor logits = head.forward(data.narrow(0, 0, 2).add(context));
          ModelOutput output = ModelOutput.regression(logits, randn(2, ROWS, 2)).withMask(mask);
          return own ? output.withMask(all, "expert") : output;
        };
    try (PointerScope scope = new PointerScope()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> taps.capture(() -> run.apply(false)))
          .withMessageContaining("Layer \"expert\": the mask leaves out row 2, through which");
      var batch = taps.capture(() -> run.apply(true));
      assertThat(batch.layers().get(0).mask()).containsOnly(true);
      assertThat(batch.layers().get(1).mask()).containsExactly(true, true, false, true, true, true);
    }
  }

  @Test
  void lossesOfTheUsersOwn() {
    Function<Tensor, Tensor> losses =
        x -> {
          Tensor y = oneEach().apply(x);
          return y.mul(y).sum(1);
        };
    stated = false;
    TorchGradients<Tensor> summed =
        new TorchGradients<>(
            taps, List.of(data), x -> ModelOutput.ofLoss(losses.apply(x).sum(), EXAMPLES));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> summed.dataLabels().replay(batch -> {}))
        .withMessageContaining("Layer \"expert\": which example owns which row cannot be verified");
    TorchGradients<Tensor> each =
        new TorchGradients<>(taps, List.of(data), x -> ModelOutput.ofLosses(losses.apply(x)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> each.dataLabels().replay(batch -> {}))
        .withMessageContaining("is of example 5 of the batch, not of example 0");
    stated = true;
    taps.examplesFirst("head");
    assertThat(flat(scores(summed.dataLabels()))).isEqualTo(flat(scores(each.dataLabels())));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void convolutionsOfOneDimension(int variant) {
    Conv1dOptions options = new Conv1dOptions(ROWS, ROWS, new LongPointer(new long[] {2}));
    if (variant == 2) {
      options.stride().put(2);
      options.padding().put(new LongPointer(new long[] {1}));
    }
    if (variant == 3) {
      options.groups().put(ROWS);
      options.dilation().put(2);
    }
    TappedConv1d conv = taps.conv1d("conv", new Conv1dImpl(options));
    conv.module().eval();
    weights.add(conv.module().weight());
    weights.add(conv.module().bias());
    taps.mayBeUncalled("expert");
    right(x -> head.forward(tanh(conv.forward(x)).mean(2).unsqueeze(2).add(x).mean(1)), 1, 2, 3, 6);
  }
}
