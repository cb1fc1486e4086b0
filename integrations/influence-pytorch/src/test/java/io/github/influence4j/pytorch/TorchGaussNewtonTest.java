/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.ones_like;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.tanh;
import static org.bytedeco.pytorch.global.torch.zeros;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.github.influence4j.adapters.WeightGradients;
import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.solver.ConjugateGradients;
import io.github.influence4j.solver.DampedSystem;
import io.github.influence4j.solver.GaussNewtonOperator;
import io.github.influence4j.solver.ParameterLayout;
import io.github.influence4j.solver.Solution;
import io.github.influence4j.testing.SeededRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Products against Jacobians of one backward pass an output. */
@SuppressWarnings("try") // scopes are guards
final class TorchGaussNewtonTest {
  private static final long[][] TOKENS = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 1, 3}};
  private static final long[][] LABELS = {{2, 3, 4, 5}, {-100, 7, 8, 9}, {10, 1, -100, -100}};
  private static final boolean[] REAL = {
    true, true, true, true, true, true, true, false, true, true, true, true
  };
  private static final double TOLERANCE = 2e-5;

  private final Random random = SeededRandom.at("TorchGaussNewtonTest");

  @BeforeEach
  void oneThread() {
    set_num_threads(1);
    manual_seed(5);
  }

  private static Tensor rows(long[][] table, long[] numbers) {
    return Naive.ids(Arrays.stream(numbers).mapToObj(n -> table[(int) n]).toArray(long[][]::new));
  }

  private static Tensor mask(long[] numbers) {
    boolean[] some = new boolean[numbers.length * 4];
    for (int i = 0; i < numbers.length; i++) {
      System.arraycopy(REAL, (int) numbers[i] * 4, some, i * 4, 4);
    }
    return AbstractTensor.create(some).view(numbers.length, 4);
  }

  /** Logits of all examples, and each row's part of the loss. */
  private record Expected(double[][] jacobian, double[] outputs, boolean[] counts) {
    /** {@code Σ Jᵀ (diag(p) − p pᵀ) J v}. */
    double[] softmaxProduct(double[] vector) {
      int classes = outputs.length / counts.length;
      double[] product = new double[vector.length];
      for (int row = 0; row < counts.length; row++) {
        double sum = 0;
        double mean = 0;
        double[] p = new double[classes];
        double[] tangents = new double[classes];
        for (int c = 0; c < classes; c++) {
          p[c] = Math.exp(outputs[row * classes + c]);
          tangents[c] = WeightGradients.dot(jacobian[row * classes + c], vector);
          sum += p[c];
          mean += p[c] * tangents[c];
        }
        for (int c = 0; counts[row] && c < classes; c++) {
          double at = p[c] / sum * (tangents[c] - mean / sum);
          add(at, jacobian[row * classes + c], product);
        }
      }
      return product;
    }

    double[] squaredProduct(double[] vector) {
      double[] product = new double[vector.length];
      for (double[] row : jacobian) {
        add(WeightGradients.dot(row, vector), row, product);
      }
      return product;
    }

    private static void add(double factor, double[] from, double[] to) {
      for (int i = 0; i < to.length; i++) {
        to[i] += factor * from[i];
      }
    }
  }

  /** One backward pass an output. */
  private static Expected expected(Taps taps, Tensor outputs, boolean... counts) {
    Tensor flat = outputs.reshape(-1);
    double[][] jacobian = new double[(int) flat.numel()][];
    for (int o = 0; o < jacobian.length; o++) {
      Tensor output = flat.narrow(0, o, 1).sum();
      jacobian[o] =
          taps.weights().stream()
              .map(layer -> gradient(output, layer))
              .flatMapToDouble(Arrays::stream)
              .toArray();
    }
    return new Expected(jacobian, HostCopies.doubles(flat), counts);
  }

  private static double[] gradient(Tensor output, LayerWeights layer) {
    Roots root = Roots.of(output, ones_like(output));
    List<Tensor> found = root.gradients(layer.all(), true);
    double[] bias = found.size() == 1 ? new double[0] : HostCopies.doubles(found.get(1));
    double[] weight = HostCopies.doubles(found.get(0));
    return WeightGradients.withBias(weight, bias, layer.spec().outputs());
  }

  private void requireProducts(
      GaussNewtonOperator operator, UnaryOperator<double[]> expected, int... atOnce) {
    int size = ParameterLayout.of(operator.layers()).size();
    double[][] vectors = {
      SeededRandom.gaussians(random, size), SeededRandom.gaussians(random, size)
    };
    for (int some : atOnce) {
      double[][] products = DampedSystem.of(operator, 0).withExamplesAtOnce(some).multiply(vectors);
      for (int v = 0; v < vectors.length; v++) {
        double[] mean =
            Arrays.stream(expected.apply(vectors[v])).map(x -> x / operator.examples()).toArray();
        assertThat(WeightGradients.relativeError(products[v], mean)).isLessThan(TOLERANCE);
      }
    }
  }

  @Test
  void ofATransformer() {
    try (PointerScope scope = new PointerScope()) {
      Taps taps = new Taps();
      TinyTransformer net = new TinyTransformer(taps);
      boolean[] counts = REAL.clone();
      for (int i = 0; i < counts.length; i++) {
        counts[i] &= LABELS[i / 4][i % 4] != -100;
      }
      long[] all = {0, 1, 2};
      Expected expected = expected(taps, net.forward(rows(TOKENS, all)), counts);
      Function<long[], ModelOutput> model =
          numbers ->
              ModelOutput.classification(net.forward(rows(TOKENS, numbers)), rows(LABELS, numbers))
                  .withMask(mask(numbers));
      GaussNewtonOperator operator = new TorchGaussNewton(taps, 3, model);
      requireProducts(operator, expected::softmaxProduct, 1, 2, 3);
      // Frozen parameters stay frozen, and give the same.
      List<LayerWeights> weights = taps.weights();
      weights.forEach(layer -> layer.all().forEach(w -> w.requires_grad_(false)));
      requireProducts(operator, expected::softmaxProduct, 3);
      assertThat(weights).allMatch(layer -> !layer.weight().requires_grad());
    }
  }

  @Test
  void ofHeadsThatAreCalledForSomeRows() {
    try (PointerScope scope = new PointerScope()) {
      TorchModel parts = new TorchModel(4);
      UnaryOperator<Tensor> layer = parts.linear("fc", 5, 6);
      Tensor matrix = randn(7, 6);
      Tensor x = randn(2, 3, 5);
      Tensor labels = Naive.ids(new long[] {1, -100, 3}, new long[] {0, 2, -100});
      Tensor logits = tanh(layer.apply(x)).matmul(matrix.t());
      boolean[] counts = {true, false, true, true, true, false};
      Expected expected = expected(parts.taps(), logits, counts);
      List<Function<Tensor, ModelOutput>> heads =
          List.of(
              hidden -> ModelOutput.classification(hidden, matrix, labels),
              hidden -> ModelOutput.classification(hidden, r -> r.matmul(matrix.t()), labels),
              hidden -> ModelOutput.classification(hidden.matmul(matrix.t()), labels));
      for (Function<Tensor, ModelOutput> head : heads) {
        GaussNewtonOperator operator =
            new TorchGaussNewton(parts.taps(), 2, numbers -> head.apply(tanh(layer.apply(x))));
        requireProducts(operator, expected::softmaxProduct, 2);
      }
    }
  }

  @Test
  void ofConvolutionsAndSquaredErrors() {
    try (PointerScope scope = new PointerScope()) {
      TorchModel parts = new TorchModel(6);
      UnaryOperator<Tensor> conv =
          parts.conv1d("conv", Conv1d.of(4, 6, 3).withGroups(2).withPadding(1), 5);
      UnaryOperator<Tensor> last = parts.linear("last", 30, 2);
      Tensor x = randn(3, 4, 5);
      UnaryOperator<Tensor> net =
          some -> last.apply(tanh(conv.apply(some)).reshape(some.size(0), -1));
      Expected expected = expected(parts.taps(), net.apply(x));
      GaussNewtonOperator operator =
          new TorchGaussNewton(
              parts.taps(),
              3,
              numbers -> {
                Tensor some = x.index_select(0, AbstractTensor.create(numbers, numbers.length));
                Tensor predictions = net.apply(some);
                return ModelOutput.regression(predictions, zeros_like(predictions));
              });
      requireProducts(operator, expected::squaredProduct, 1, 3);
      DampedSystem system = DampedSystem.of(operator, 0.5);
      double[][] some = {SeededRandom.gaussians(random, system.layout().size())};
      Solution solution = ConjugateGradients.to(1e-4).solve(system, some).requireConverged();
      assertThat(solution.reports().get(0).iterations()).isLessThan(20);
    }
  }

  @Test
  void modelsThatHaveNoneAreRefused() {
    try (PointerScope scope = new PointerScope()) {
      TorchModel parts = new TorchModel(4);
      UnaryOperator<Tensor> layer = parts.linear("fc", 5, 6);
      double[][] vector = {new double[36]};
      double[][] product = {new double[36]};
      long[] one = {0};
      Tensor x = randn(1, 5);
      TorchGaussNewton ownLoss =
          new TorchGaussNewton(
              parts.taps(), 1, numbers -> ModelOutput.ofLosses(layer.apply(x).sum(1L)));
      assertThatThrownBy(() -> ownLoss.addProducts(one, vector, product))
          .hasMessageContaining("use classification or regression");
      TorchGaussNewton detached =
          new TorchGaussNewton(
              parts.taps(),
              1,
              numbers -> ModelOutput.regression(layer.apply(x).detach(), zeros(1, 6)));
      assertThatThrownBy(() -> detached.addProducts(one, vector, product))
          .hasMessageContaining("depends on no tapped layer");
      Taps taps = new Taps();
      TinyTransformer net = new TinyTransformer(taps);
      net.train(true);
      TorchGaussNewton training =
          new TorchGaussNewton(taps, 1, numbers -> ModelOutput.regression(x, x));
      assertThatThrownBy(() -> training.addProducts(one, vector, product))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Layer \"q\" is in training mode");
    }
  }
}
