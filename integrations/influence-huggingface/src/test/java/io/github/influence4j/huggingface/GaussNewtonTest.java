/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.solver.DampedSystem;
import io.github.influence4j.solver.GaussNewtonOperator;
import io.github.influence4j.solver.ParameterLayout;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code uᵀ G v} against logits of models whose weights are moved a little along u and v. */
@SuppressWarnings("try") // scopes and modes are guards
final class GaussNewtonTest {
  private static final double STEP = 1e-5;

  static List<Path> checkpoints() {
    return Checkpoints.with("config.json");
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void productsAreThoseOfMovedWeights(Path checkpoint) throws IOException {
    Random random = SeededRandom.at("Gauss-Newton of a checkpoint");
    List<TokenSequence> sequences = new ArrayList<>();
    for (int s = 0; s < 2; s++) {
      sequences.add(TokenSequence.of(random.longs(4 + s, 0, 200).toArray()));
    }
    try (LanguageModel model = LanguageModel.builder(checkpoint).precision(ElementType.F64).open();
        PointerScope scope = new PointerScope()) {
      GaussNewtonOperator operator = model.gaussNewton(sequences);
      ParameterLayout layout = ParameterLayout.of(operator.layers());
      double[][] v = {
        SeededRandom.gaussians(random, layout.size()), SeededRandom.gaussians(random, layout.size())
      };
      double[][] products = DampedSystem.of(operator, 0).withExamplesAtOnce(1).multiply(v);
      boolean inputsFirst = checkpoint.getFileName().toString().startsWith("gpt2");
      double[][] expected = new double[2][2];
      for (TokenSequence sequence : sequences) {
        double[][] tangents = new double[2][];
        double[] logits = logits(model, sequence);
        for (int i = 0; i < 2; i++) {
          move(model, layout, v[i], STEP, inputsFirst);
          double[] plus = logits(model, sequence);
          move(model, layout, v[i], -2 * STEP, inputsFirst);
          double[] minus = logits(model, sequence);
          move(model, layout, v[i], STEP, inputsFirst);
          tangents[i] = new double[plus.length];
          for (int k = 0; k < plus.length; k++) {
            tangents[i][k] = (plus[k] - minus[k]) / (2 * STEP);
          }
        }
        for (int i = 0; i < 2; i++) {
          for (int j = 0; j < 2; j++) {
            expected[i][j] += product(logits, tangents[i], tangents[j], model.vocabulary()) / 2;
          }
        }
      }
      for (int i = 0; i < 2; i++) {
        assertThat(expected[i][i]).isGreaterThan(0);
        for (int j = 0; j < 2; j++) {
          double actual = dot(v[i], products[j]);
          double size = Math.sqrt(expected[i][i] * expected[j][j]);
          assertThat(actual).isCloseTo(expected[i][j], within(1e-5 * size));
        }
      }
    }
  }

  /** Of the rows that predict a token. */
  private static double[] logits(LanguageModel model, TokenSequence sequence) {
    long[] ids = Arrays.copyOf(sequence.ids(), sequence.length() - 1);
    Tensor logits = model.logits(new long[][] {ids}, null, null).to(ScalarType.Double).contiguous();
    double[] values = new double[(int) logits.numel()];
    logits.data_ptr_double().get(values);
    return values;
  }

  private static double product(double[] logits, double[] t, double[] u, int classes) {
    double total = 0;
    for (int row = 0; row < logits.length; row += classes) {
      double sum = 0;
      double both = 0;
      double left = 0;
      double right = 0;
      for (int k = row; k < row + classes; k++) {
        double p = Math.exp(logits[k]);
        sum += p;
        both += p * t[k] * u[k];
        left += p * t[k];
        right += p * u[k];
      }
      total += both / sum - left / sum * (right / sum);
    }
    return total;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void move(
      LanguageModel model, ParameterLayout layout, double[] v, double by, boolean inputsFirst) {
    Map<String, Tensor> tensors = model.tensors();
    try (PointerScope scope = new PointerScope();
        NoGradGuard mode = new NoGradGuard()) {
      for (int l = 0; l < layout.layers().size(); l++) {
        LayerSpec layer = layout.layers().get(l);
        Tensor part =
            AbstractTensor.create(layout.part(l, v), layer.outputs(), layer.gradientColumns());
        Tensor weight = part.narrow(1, 0, layer.inputs());
        Tensor stored = tensors.get(layer.name() + ".weight");
        stored.add_(inputsFirst ? weight.t() : weight, new Scalar(by));
        if (layer.bias()) {
          Tensor bias = tensors.get(layer.name() + ".bias");
          bias.add_(part.narrow(1, layer.inputs(), 1).reshape(-1), new Scalar(by));
        }
      }
    }
  }
}
