/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.ModelTaps;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Layers whose rows are not simply the examples' in order: the gradient of each example is that of
 * autograd over the example alone, or the layer is refused by name.
 *
 * @param <T> what the framework calls an array
 * @param <O> the adapter's ModelOutput
 */
@SuppressWarnings("UnnecessaryLambda") // models are parameters
public abstract class OwnershipContractTest<T, O> {
  private static final int EXAMPLES = 6;
  private static final int ROWS = 3;
  private static final int WIDTH = 4;

  private AdapterModel<T, O> net;
  private ModelTaps<?> taps;
  private UnaryOperator<T> expert;
  private UnaryOperator<T> head;
  private T data;
  private List<String> routed = List.of("expert");
  private boolean stated = true;

  /** A model without layers. */
  protected abstract AdapterModel<T, O> model();

  @BeforeEach
  void tap() {
    net = model();
    taps = net.taps();
    expert = net.linear("expert", WIDTH, WIDTH);
    head = net.linear("head", WIDTH, 2);
    data = net.random(EXAMPLES, ROWS, WIDTH);
  }

  @AfterEach
  void close() {
    net.close();
  }

  /** Targets far from what the model says, and different for each example. */
  private O output(T logits) {
    return net.regression(logits, net.times(net.detached(logits), -1));
  }

  private GradientSource source(UnaryOperator<T> model, int batchSize) {
    List<T> batches = new ArrayList<>();
    for (int first = 0; first < EXAMPLES; first += batchSize) {
      batches.add(net.range(data, first, Math.min(batchSize, EXAMPLES - first)));
    }
    return net.gradients(batches, x -> output(model.apply(x))).dataLabels();
  }

  private double[] scores(GradientSource source) {
    try (Influence influence =
        Influence.builder()
            .layers(net.layers())
            .strategy(CurvatureStrategy.IDENTITY)
            .backend("reference")
            .precision(Precision.F64)
            .build()) {
      double[][] matrix =
          influence
              .score(influence.fit(source), source, source, ScoreOptions.pairwise())
              .toMatrix();
      return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
    }
  }

  /** Dot products of what backward() gives for each example alone. */
  private double[] expected(UnaryOperator<T> model) {
    double[][] gradients = new double[EXAMPLES][];
    for (int e = 0; e < EXAMPLES; e++) {
      gradients[e] = net.weightGradients(x -> output(model.apply(x)), net.range(data, e, 1));
    }
    double[] products = new double[EXAMPLES * EXAMPLES];
    Arrays.setAll(
        products, i -> WeightGradients.dot(gradients[i / EXAMPLES], gradients[i % EXAMPLES]));
    return products;
  }

  private void right(UnaryOperator<T> model, int... batchSizes) {
    double[] expected = expected(model);
    for (int size : batchSizes) {
      assertThat(WeightGradients.relativeError(scores(source(model, size)), expected))
          .as("batches of %d", size)
          .isLessThan(1e-5);
    }
  }

  private void refused(UnaryOperator<T> model, int batchSize, String message) {
    for (int attempt = 0; attempt < 2; attempt++) { // a refusal is not forgotten
      assertThatIllegalArgumentException()
          .isThrownBy(() -> source(model, batchSize).replay(batch -> {}))
          .withMessageContaining("Layer \"")
          .withMessageContaining(message);
    }
  }

  private T pooled(T x) {
    return net.sum(x, 1);
  }

  /** Tokens in reverse order, those whose first number is above a bound. */
  private UnaryOperator<T> routed(double bound) {
    return x -> {
      double[] values = net.values(x);
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
  private UnaryOperator<T> oneEach() {
    return x -> {
      int n = net.examples(x);
      return mixture(x, IntStream.range(0, n).map(i -> (n - i) * ROWS - 1).toArray());
    };
  }

  private T mixture(T x, int[] tokens) {
    T rows = net.tanh(net.reshape(x, -1, WIDTH));
    int all = net.examples(rows);
    double[] gather = new double[tokens.length * all];
    double[] scatter = new double[tokens.length * all];
    for (int i = 0; i < tokens.length; i++) {
      gather[i * all + tokens[i]] = 1;
      scatter[tokens[i] * tokens.length + i] = 1;
    }
    if (stated) {
      int[] owners = Arrays.stream(tokens).map(token -> token / ROWS).toArray();
      routed.forEach(layer -> taps.rowsOf(layer, owners));
    }
    T said = expert.apply(net.product(net.of(gather, tokens.length, all), rows));
    T mixed = net.plus(rows, net.product(net.of(scatter, all, tokens.length), said));
    return head.apply(pooled(net.reshape(net.tanh(mixed), -1, ROWS, WIDTH)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -9, 0.5, 9}) // some, all, few tokens, none
  void routedTokensThatAreNamed(double bound) {
    right(routed(bound), 1, 2, 4, 6);
  }

  /** Like keys beside queries, in an expert of some tokens and of none. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 9})
  void layersOfAnExpertThatShareItsInput(double bound) {
    UnaryOperator<T> first = expert;
    UnaryOperator<T> second = net.linear("second", WIDTH, WIDTH);
    net.shareInput("second", "expert");
    expert = x -> net.plus(first.apply(x), net.tanh(second.apply(x)));
    routed = List.of("expert", "second");
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
    GradientSource source =
        source(
            x -> {
              taps.rowsOf("expert", 0);
              return head.apply(pooled(x));
            },
            2);
    assertThatIllegalStateException()
        .isThrownBy(() -> source.replay(batch -> {}))
        .withMessageContaining("Layer \"expert\": rowsOf named the examples of 1 rows");
  }

  @Test
  void layersThatBatchesDoNotCall() {
    UnaryOperator<T> sometimes =
        x -> head.apply(net.values(x)[0] > 0 ? expert.apply(pooled(x)) : pooled(x));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores(source(sometimes, 1)))
        .withMessageContaining("Layer \"expert\": batch");
    taps.mayBeUncalled("expert");
    right(sometimes, 1);
  }

  private UnaryOperator<T> positions(boolean expanded) {
    T places = net.random(ROWS, WIDTH);
    return x -> {
      T table = expanded ? net.plus(places, net.times(x, 0)) : places;
      return head.apply(pooled(net.tanh(net.plus(x, expert.apply(table)))));
    };
  }

  @Test
  void aTableThatExamplesShare() {
    refused(positions(false), ROWS, "is of several examples");
    refused(positions(false), 2, "which does not say which of the 2 examples owns");
    taps.examplesFirst("expert");
    refused(positions(false), ROWS, "expand it to [examples, rows, inputs]");
    right(positions(false), 1);
    right(positions(true), 1, 2, 3, 6);
  }

  private UnaryOperator<T> transposed() {
    return x -> head.apply(net.sum(net.tanh(expert.apply(net.swapped(x))), 0));
  }

  private T inOrder(T x) {
    return head.apply(pooled(net.tanh(expert.apply(x))));
  }

  @ParameterizedTest
  @ValueSource(ints = {ROWS, 2})
  void rowsBeforeExamples(int batchSize) {
    right(transposed(), 1);
    refused(transposed(), batchSize, "rowsFirst");
    taps.rowsFirst("expert");
    right(transposed(), 1, 2, ROWS);
    refused(this::inOrder, ROWS, "not of example");
  }

  @Test
  void rowsAndPooledRowsNeedNoWord() {
    right(this::inOrder, 1, 2, 3, 4, 6);
    right(x -> head.apply(net.tanh(expert.apply(pooled(x)))), 1, 2, 3, 4, 6);
  }

  @Test
  void examplesThatTheModelMixes() {
    refused(
        x -> {
          T y = expert.apply(pooled(x));
          return head.apply(net.plus(net.tanh(y), net.times(net.sum(y, 0), -1)));
        },
        4,
        "\"expert\": the gradient at row 0 is of several examples");
  }

  /** A mask of the output's rows beside a layer that has as many rows by chance. */
  @Test
  void masksOfOtherRows() {
    T mask = net.ids(new long[] {1, 1, 0}, new long[] {1, 1, 1});
    T all = net.ids(new long[] {1, 1, 1}, new long[] {1, 1, 1});
    List<T> batches = List.of(net.range(data, 0, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                net.gradients(batches, x -> net.withMask(translated(x), mask))
                    .dataLabels()
                    .replay(batch -> {}))
        .withMessageContaining("Layer \"expert\": the mask leaves out row 2, through which");
    net.gradients(batches, x -> net.withMask(net.withMask(translated(x), mask), all, "expert"))
        .dataLabels()
        .replay(
            batch -> {
              assertThat(batch.layers().get(0).mask()).containsOnly(true);
              assertThat(batch.layers().get(1).mask())
                  .containsExactly(true, true, false, true, true, true);
            });
  }

  /** As many rows of memory as of output. */
  private O translated(T x) {
    T memory = net.tanh(expert.apply(net.range(data, 2, 2)));
    return output(head.apply(net.plus(x, net.reshape(pooled(memory), 2, 1, WIDTH))));
  }

  @Test
  void lossesOfTheUsersOwn() {
    UnaryOperator<T> losses = x -> net.sum(net.square(oneEach().apply(x)), 1);
    stated = false;
    GradientSource summed =
        net.gradients(List.of(data), x -> net.summedLoss(net.sum(losses.apply(x)), EXAMPLES))
            .dataLabels();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> summed.replay(batch -> {}))
        .withMessageContaining("Layer \"expert\": which example owns which row cannot be verified");
    GradientSource each =
        net.gradients(List.of(data), x -> net.losses(losses.apply(x))).dataLabels();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> each.replay(batch -> {}))
        .withMessageContaining("is of example 5 of the batch, not of example 0");
    stated = true;
    taps.examplesFirst("head");
    assertThat(scores(summed)).isEqualTo(scores(each));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void convolutionsOfOneDimension(int variant) {
    Conv1d plain = Conv1d.of(ROWS, ROWS, 2);
    Conv1d geometry =
        switch (variant) {
          case 2 -> plain.withStride(2).withPadding(1);
          case 3 -> plain.withGroups(ROWS).withDilation(2);
          default -> plain;
        };
    UnaryOperator<T> conv = net.conv1d("conv", geometry, WIDTH);
    taps.mayBeUncalled("expert");
    right(
        x -> {
          T sums = net.reshape(net.sum(net.tanh(conv.apply(x)), 2), -1, ROWS, 1);
          return head.apply(pooled(net.plus(sums, x)));
        },
        1,
        2,
        3,
        6);
  }
}
