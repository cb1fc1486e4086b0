/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.initializer.NormalInitializer;
import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Layers whose rows are not simply the examples' in order: the gradient of each example is that of
 * autograd over the example alone, or the layer is refused by name.
 */
@SuppressWarnings("UnnecessaryLambda") // models are parameters
final class OwnershipTest {
  private static final int EXAMPLES = 6;
  private static final int ROWS = 3;
  private static final int WIDTH = 4;

  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps();
  private final List<Block> layers = new ArrayList<>();
  private final Block expert = tap(taps.linear("expert", Linear.builder().setUnits(WIDTH)));
  private final Block head = tap(taps.linear("head", Linear.builder().setUnits(2)));
  private final NDArray data = manager.randomNormal(new Shape(EXAMPLES, ROWS, WIDTH));
  private boolean stated = true;

  private Block tap(Block layer) {
    layer.setInitializer(new NormalInitializer(0.7f), Parameter.Type.WEIGHT);
    layer.initialize(manager, DataType.FLOAT32, new Shape(1, ROWS, WIDTH));
    layers.add(layer);
    return layer;
  }

  @BeforeAll
  static void seed() {
    Engine.getEngine("PyTorch").setRandomSeed(11);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private ModelOutput output(NDArray logits) {
    return ModelOutput.regression(logits, logits.stopGradient().mul(logits.onesLike()).neg());
  }

  private GradientSource source(UnaryOperator<NDArray> model, int batchSize) {
    List<NDArray> batches = new ArrayList<>();
    for (int first = 0; first < EXAMPLES; first += batchSize) {
      int last = Math.min(EXAMPLES, first + batchSize);
      batches.add(data.get(new NDIndex(first + ":" + last)));
    }
    return new DjlGradients<>(taps, batches, x -> output(model.apply(x))).dataLabels();
  }

  private double[] scores(GradientSource source) {
    try (Influence influence =
        Influence.builder()
            .layers(taps.layers())
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
  private double[] expected(UnaryOperator<NDArray> model) {
    double[][] gradients = new double[EXAMPLES][];
    for (int e = 0; e < EXAMPLES; e++) {
      for (Block layer : layers) {
        for (Parameter parameter : layer.getDirectParameters().values()) {
          NDArray gradient = parameter.getArray().getGradient();
          gradient.subi(gradient.duplicate());
        }
      }
      try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
        NDArray alone = data.get(new NDIndex(e + ":" + (e + 1)));
        collector.backward(output(model.apply(alone)).dataLoss().sum());
      }
      gradients[e] =
          layers.stream()
              .flatMapToDouble(layer -> Arrays.stream(Naive.autogradGradient(layer)))
              .toArray();
    }
    double[] products = new double[EXAMPLES * EXAMPLES];
    Arrays.setAll(products, i -> Naive.dot(gradients[i / EXAMPLES], gradients[i % EXAMPLES]));
    return products;
  }

  private void right(UnaryOperator<NDArray> model, int... batchSizes) {
    double[] expected = expected(model);
    for (int size : batchSizes) {
      assertThat(Naive.relativeError(scores(source(model, size)), expected))
          .as("batches of %d", size)
          .isLessThan(1e-5);
    }
  }

  private void refused(UnaryOperator<NDArray> model, int batchSize, String message) {
    for (int attempt = 0; attempt < 2; attempt++) { // a refusal is not forgotten
      assertThatIllegalArgumentException()
          .isThrownBy(() -> source(model, batchSize).replay(batch -> {}))
          .withMessageContaining("Layer \"")
          .withMessageContaining(message);
    }
  }

  /** Tokens in reverse order, those whose first number is above a bound. */
  private UnaryOperator<NDArray> routed(double bound) {
    return x -> {
      float[] values = x.toFloatArray();
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
  private UnaryOperator<NDArray> oneEach() {
    return x -> {
      int n = (int) x.getShape().get(0);
      return mixture(x, IntStream.range(0, n).map(i -> (n - i) * ROWS - 1).toArray());
    };
  }

  private NDArray mixture(NDArray x, int[] tokens) {
    NDArray rows = x.reshape(-1, WIDTH).tanh();
    int all = (int) rows.getShape().get(0);
    float[] chosen = new float[tokens.length * all];
    for (int i = 0; i < tokens.length; i++) {
      chosen[i * all + tokens[i]] = 1;
    }
    NDArray gather =
        tokens.length == 0
            ? x.getManager().zeros(new Shape(1, all)).get(new NDIndex("0:0"))
            : x.getManager().create(chosen, new Shape(tokens.length, all));
    if (stated) {
      taps.rowsOf("expert", Arrays.stream(tokens).map(token -> token / ROWS).toArray());
    }
    NDArray mixed = rows.add(gather.transpose().matMul(taps.forward(expert, gather.matMul(rows))));
    NDArray pooled = mixed.tanh().reshape(-1, ROWS, WIDTH).sum(new int[] {1});
    return taps.forward(head, pooled);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -9, 0.5, 9}) // some, all, few tokens, none
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
    GradientSource source =
        source(
            x -> {
              taps.rowsOf("expert", 0);
              return taps.forward(head, x.sum(new int[] {1}));
            },
            2);
    assertThatIllegalStateException()
        .isThrownBy(() -> source.replay(batch -> {}))
        .withMessageContaining("Layer \"expert\": rowsOf named the examples of 1 rows");
  }

  @Test
  void layersThatBatchesDoNotCall() {
    UnaryOperator<NDArray> sometimes =
        x -> {
          NDArray pooled = x.sum(new int[] {1});
          return taps.forward(
              head, x.toFloatArray()[0] > 0 ? taps.forward(expert, pooled) : pooled);
        };
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores(source(sometimes, 1)))
        .withMessageContaining("Layer \"expert\": batch");
    taps.mayBeUncalled("expert");
    right(sometimes, 1);
  }

  private UnaryOperator<NDArray> positions(boolean expanded) {
    NDArray places = manager.randomNormal(new Shape(ROWS, WIDTH));
    return x -> {
      NDArray table = expanded ? places.expandDims(0).broadcast(x.getShape()) : places;
      NDArray y = x.add(taps.forward(expert, table)).tanh().sum(new int[] {1});
      return taps.forward(head, y);
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

  private UnaryOperator<NDArray> transposed() {
    return x ->
        taps.forward(head, taps.forward(expert, x.transpose(1, 0, 2)).tanh().sum(new int[] {0}));
  }

  @ParameterizedTest
  @ValueSource(ints = {ROWS, 2})
  void rowsBeforeExamples(int batchSize) {
    right(transposed(), 1);
    refused(transposed(), batchSize, "rowsFirst");
    taps.rowsFirst("expert");
    right(transposed(), 1, 2, ROWS);
    refused(
        x -> taps.forward(head, taps.forward(expert, x).tanh().sum(new int[] {1})),
        ROWS,
        "not of example");
  }

  @Test
  void rowsAndPooledRowsNeedNoWord() {
    right(
        x -> taps.forward(head, taps.forward(expert, x).tanh().sum(new int[] {1})), 1, 2, 3, 4, 6);
    right(
        x -> taps.forward(head, taps.forward(expert, x.sum(new int[] {1})).tanh()), 1, 2, 3, 4, 6);
  }

  @Test
  void examplesThatTheModelMixes() {
    refused(
        x -> {
          NDArray y = taps.forward(expert, x.sum(new int[] {1}));
          return taps.forward(head, y.tanh().sub(y.sum(new int[] {0})));
        },
        4,
        "\"expert\": the gradient at row 0 is of several examples");
  }

  /** A mask of the output's rows beside a layer that has as many rows by chance. */
  @Test
  void masksOfOtherRows() {
    NDArray mask = Naive.ids(manager, new long[] {1, 1, 0}, new long[] {1, 1, 1});
    NDArray all = Naive.ids(manager, new long[] {1, 1, 1}, new long[] {1, 1, 1});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.capture(manager, () -> translated().withMask(mask)))
        .withMessageContaining("Layer \"expert\": the mask leaves out row 2, through which");
    GradientBatch batch =
        taps.capture(manager, () -> translated().withMask(mask).withMask(all, "expert"));
    assertThat(batch.layers().get(0).mask()).containsOnly(true);
    assertThat(batch.layers().get(1).mask()).containsExactly(true, true, false, true, true, true);
  }

  /** As many rows of memory as of output. */
  private ModelOutput translated() {
    NDArray x = data.get(new NDIndex("0:2"));
    NDArray memory = taps.forward(expert, data.get(new NDIndex("2:4"))).tanh();
    return output(taps.forward(head, x.add(memory.sum(new int[] {1}, true))));
  }

  @Test
  void lossesOfTheUsersOwn() {
    UnaryOperator<NDArray> losses = x -> oneEach().apply(x).square().sum(new int[] {1});
    stated = false;
    DjlGradients<NDArray> summed =
        new DjlGradients<>(
            taps, List.of(data), x -> ModelOutput.ofLoss(losses.apply(x).sum(), EXAMPLES));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> summed.dataLabels().replay(batch -> {}))
        .withMessageContaining("Layer \"expert\": which example owns which row cannot be verified");
    DjlGradients<NDArray> each =
        new DjlGradients<>(taps, List.of(data), x -> ModelOutput.ofLosses(losses.apply(x)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> each.dataLabels().replay(batch -> {}))
        .withMessageContaining("is of example 5 of the batch, not of example 0");
    stated = true;
    taps.examplesFirst("head");
    assertThat(scores(summed.dataLabels())).isEqualTo(scores(each.dataLabels()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void convolutionsOfOneDimension(int variant) {
    Conv1d.Builder builder = Conv1d.builder().setFilters(ROWS).setKernelShape(new Shape(2));
    if (variant == 2) {
      builder.optStride(new Shape(2)).optPadding(new Shape(1));
    }
    if (variant == 3) {
      builder.optGroups(ROWS).optDilation(new Shape(2));
    }
    Block conv = tap(taps.conv1d("conv", builder));
    taps.mayBeUncalled("expert");
    right(
        x ->
            taps.forward(
                head,
                taps.forward(conv, x).tanh().sum(new int[] {2}, true).add(x).sum(new int[] {1})),
        1,
        2,
        3,
        6);
  }
}
