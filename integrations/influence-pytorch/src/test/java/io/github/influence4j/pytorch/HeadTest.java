/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.tanh;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A head that is called for some rows at a time gives the gradients of all logits at once. */
final class HeadTest {
  private static final int WIDTH = 6;

  private final Taps taps = new Taps();
  private final TappedLinear layer = layer(taps);
  private final List<Long> headRows = new ArrayList<>();

  private static TappedLinear layer(Taps taps) {
    LinearImpl module = new LinearImpl(WIDTH, WIDTH);
    module.weight().requires_grad_(false);
    module.bias().requires_grad_(false);
    module.eval();
    return taps.examplesFirst().linear("layer", module);
  }

  private List<Tensor> data(int examples, int rows, int classes) {
    Tensor labels = randint(0, classes, new long[] {examples, rows}).to(ScalarType.Long);
    labels.select(1, 0).fill_(new Scalar(-100));
    return List.of(randn(examples, rows, WIDTH), labels, randn(classes, WIDTH));
  }

  private ModelOutput pieces(List<Tensor> data) {
    return ModelOutput.classification(
        tanh(layer.forward(data.get(0))),
        rows -> {
          headRows.add(rows.size(0));
          return tanh(linear(rows, data.get(2)));
        },
        data.get(1));
  }

  private ModelOutput whole(List<Tensor> data) {
    Tensor logits = tanh(linear(tanh(layer.forward(data.get(0))), data.get(2)));
    return ModelOutput.classification(logits, data.get(1));
  }

  private TorchGradients<List<Tensor>> gradients(
      List<List<Tensor>> batches, Function<List<Tensor>, ModelOutput> model, boolean masked) {
    return new TorchGradients<>(
        taps,
        batches,
        data -> {
          ModelOutput output = model.apply(data);
          return masked ? output.withMask(data.get(1).ne(new Scalar(3))) : output;
        });
  }

  private static List<double[]> captured(GradientSource source) {
    List<double[]> out = new ArrayList<>();
    source.replay(
        batch -> batch.layers().forEach(layer -> out.add(layer.outputGradients().toDoubles())));
    return out;
  }

  private static void requireClose(List<double[]> found, List<double[]> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int b = 0; b < found.size(); b++) {
      double largest = java.util.Arrays.stream(expected.get(b)).map(Math::abs).max().orElse(0);
      // Sums of float32 whose terms are at most 1; 1e-5 of the largest leaves a factor of ten.
      assertThat(largest).isPositive();
      assertThat(found.get(b))
          .usingComparatorWithPrecision(1e-5 * Math.max(1, largest))
          .containsExactly(expected.get(b));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesTheGradientsOfAllLogits(boolean masked) {
    List<List<Tensor>> batches = List.of(data(3, 5, 7), data(2, 9, 40_000), data(1, 2, 11));
    TorchGradients<?> pieces = gradients(batches, this::pieces, masked);
    TorchGradients<?> whole = gradients(batches, this::whole, masked);
    requireClose(captured(pieces.dataLabels()), captured(whole.dataLabels()));
    LabelSampler sampler = new LabelSampler(5);
    requireClose(captured(pieces.sampledLabels(sampler)), captured(whole.sampledLabels(sampler)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMatrixGivesTheGradientsOfAllLogits(boolean masked) {
    List<List<Tensor>> batches = List.of(data(3, 5, 7), data(2, 9, 40_000), data(1, 200, 1 << 18));
    TorchGradients<?> matrix =
        gradients(
            batches,
            data ->
                ModelOutput.classification(layer.forward(data.get(0)), data.get(2), data.get(1)),
            masked);
    TorchGradients<?> whole =
        gradients(
            batches,
            data ->
                ModelOutput.classification(
                    linear(layer.forward(data.get(0)), data.get(2)), data.get(1)),
            masked);
    requireClose(captured(matrix.dataLabels()), captured(whole.dataLabels()));
    LabelSampler sampler = new LabelSampler(5);
    requireClose(captured(matrix.sampledLabels(sampler)), captured(whole.sampledLabels(sampler)));
  }

  @Test
  void refusesAMatrixOfAnotherWidth() {
    assertThatThrownBy(
            () ->
                ModelOutput.classification(
                    randn(1, 2, WIDTH), randn(7, WIDTH + 1), randint(0, 7, new long[] {1, 2})))
        .hasMessageContaining("The head has shape [7, 7], expected [classes, width]");
  }

  @Test
  void isCalledForRowsWithLossAlone() {
    captured(gradients(List.of(data(3, 5, 7)), this::pieces, false).dataLabels());
    assertThat(headRows).containsExactly(1L, 12L);
  }

  @Test
  void isCalledForSomeRowsAtATime() {
    captured(gradients(List.of(data(1, 200, 1 << 18)), this::pieces, false).dataLabels());
    assertThat(headRows).containsExactly(1L, 50L, 50L, 50L, 49L);
  }

  @Test
  void rowsWithoutAnyLossHaveNoGradient() {
    List<Tensor> data = data(2, 1, 7);
    assertThat(captured(gradients(List.of(data), this::pieces, false).dataLabels()))
        .allSatisfy(all -> assertThat(all).containsOnly(0));
  }

  @Test
  void refusesLabelsThatAreNoClass() {
    Tensor labels = AbstractTensor.create(new long[] {1, 7}, 1, 2);
    List<Tensor> data = List.of(randn(1, 2, WIDTH), labels, randn(7, WIDTH));
    assertThatThrownBy(() -> captured(gradients(List.of(data), this::pieces, false).dataLabels()))
        .hasMessageContaining("Labels hold 7 in row 1");
  }

  @Test
  void refusesATappedLayer() {
    List<Tensor> data = data(2, 3, WIDTH);
    UnaryOperator<Tensor> head = layer::forward;
    TorchGradients<List<Tensor>> source =
        new TorchGradients<>(
            taps,
            List.of(data),
            batch -> ModelOutput.classification(layer.forward(data.get(0)), head, data.get(1)));
    assertThatThrownBy(() -> captured(source.dataLabels()))
        .hasMessageContaining("Layer \"layer\" was called after the forward pass");
  }
}
