/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Batches of random shapes, offsets, owners and masks: the scores are those of explicit gradients
 * of the examples that the documentation says own the rows, or the layer is refused by name.
 */
class OwnershipFuzzTest {
  private static final LayerSpec LINEAR = LayerSpec.linear("linear", 2, 3);
  private static final LayerSpec CONV = LayerSpec.conv1d("conv", Conv1d.of(2, 2, 2)).withoutBias();
  private static final List<CurvatureStrategy> STRATEGIES =
      List.of(
          CurvatureStrategy.IDENTITY,
          CurvatureStrategy.DIAGONAL,
          CurvatureStrategy.KFAC,
          CurvatureStrategy.EKFAC);

  /** What a batch means; not {@code legal} where it means nothing. */
  private record Meaning(NaiveLayer layer, boolean legal, boolean allMasked) {}

  @Test
  void rightOrRefused() {
    int right = 0;
    int refused = 0;
    FuzzBudget budget = FuzzBudget.ofSeconds(10);
    for (int round = 0; budget.allows(round); round++) {
      Random random = SeededRandom.at("ownership", round);
      int examples = 1 + random.nextInt(4);
      LayerSpec spec = random.nextInt(3) == 0 ? CONV : LINEAR;
      List<LayerBatch> uses = new ArrayList<>();
      for (int i = random.nextInt(4) == 0 ? 2 : 1; i > 0; i--) {
        uses.add(use(random, spec, examples));
      }
      GradientBatch batch = new GradientBatch(examples, uses);
      CurvatureStrategy strategy = STRATEGIES.get(random.nextInt(STRATEGIES.size()));
      Meaning meaning = meaning(spec, batch);
      try (Influence influence =
          Influence.builder()
              .layers(spec)
              .strategy(strategy)
              .backend("reference")
              .precision(Precision.F64)
              .build()) {
        GradientSource source = sink -> sink.accept(batch);
        if (!meaning.legal) {
          refused++;
          assertThat(catchThrowable(() -> scores(influence, source)))
              .as("round %d: %s of %d examples", round, uses, examples)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("Layer \"" + spec.name() + "\"");
        } else if (meaning.allMasked && strategy.factored()) {
          assertThat(catchThrowable(() -> influence.fit(source)))
              .as("round %d: %s of %d examples", round, uses, examples)
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("Layer \"" + spec.name() + "\": every row so far was masked");
        } else {
          right++;
          check(round, influence, source, meaning.layer, strategy);
        }
      }
    }
    System.out.printf("%d batches scored right, %d refused%n", right, refused);
    assertThat(right).isPositive();
    assertThat(refused).isPositive();
  }

  private static double[] scores(Influence influence, GradientSource source) {
    return scores(influence, influence.fit(source), source);
  }

  private static double[] scores(
      Influence influence, FittedCurvature curvature, GradientSource source) {
    ScoreOptions options = ScoreOptions.pairwise();
    return Tensors.concat(influence.score(curvature, source, source, options).toMatrix());
  }

  private static void check(
      int round,
      Influence influence,
      GradientSource source,
      NaiveLayer layer,
      CurvatureStrategy strategy) {
    FittedCurvature curvature = influence.fit(source);
    double[] actual = scores(influence, curvature, source);
    int examples = layer.examples();
    double[] expected = new double[examples * examples];
    if (layer.rows() > 0) {
      NaiveInfluence naive = new NaiveInfluence(layer, strategy, curvature, Damping.HEURISTIC);
      for (int i = 0; i < expected.length; i++) {
        expected[i] = naive.score(layer, i / examples, layer, i % examples);
      }
    }
    assertThat(Accuracy.error(actual, expected)).as("round %d", round).isLessThan(1e-8);
  }

  /** Tensors that often fit each other, and what is said about their rows, which often fits too. */
  private static LayerBatch use(Random random, LayerSpec spec, int examples) {
    boolean conv = spec.convolution() != null;
    long[] leading = new long[conv ? 1 : 1 + random.nextInt(3)];
    for (int i = 0; i < leading.length; i++) {
      leading[i] = random.nextInt(5);
    }
    leading[0] = random.nextBoolean() ? examples : leading[0];
    long[] in = shape(leading, conv ? new long[] {2, 1L + random.nextInt(4)} : new long[] {2});
    long[] out = shape(leading, conv ? new long[] {2, in[in.length - 1] - 1} : new long[] {3});
    if (random.nextInt(8) == 0) {
      out[random.nextInt(out.length)] = 1L + random.nextInt(4);
    }
    if (random.nextInt(16) == 0) {
      in = Arrays.copyOfRange(in, 1, in.length);
    }
    LayerBatch use = new LayerBatch(spec.name(), tensor(random, in), tensor(random, out));
    int rows = (int) Arrays.stream(leading).reduce(1, (a, b) -> a * b);
    int positions = conv ? rows * (int) Math.max(0, in[in.length - 1] - 1) : rows;
    if (random.nextInt(3) == 0) {
      use = use.withRowsOf(ints(random, near(random, rows), examples));
    }
    if (random.nextInt(4) == 0) {
      int[] offsets = ints(random, near(random, examples + 1), rows + 1);
      Arrays.sort(offsets);
      if (offsets.length > 0 && random.nextInt(8) > 0) {
        offsets[0] = 0;
        offsets[offsets.length - 1] = rows;
      }
      use = use.withOffsets(offsets);
    }
    if (random.nextInt(4) == 0) {
      boolean[] mask = new boolean[near(random, positions)];
      for (int i = 0; i < mask.length; i++) {
        mask[i] = random.nextInt(3) > 0;
      }
      use = use.withMask(mask);
    }
    return use;
  }

  private static long[] shape(long[] leading, long[] more) {
    long[] shape = Arrays.copyOf(leading, leading.length + more.length);
    System.arraycopy(more, 0, shape, leading.length, more.length);
    return Arrays.stream(shape).map(size -> Math.max(0, size)).toArray();
  }

  private static TensorView tensor(Random random, long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    double[] values = SeededRandom.gaussians(random, count);
    if (count > 0 && random.nextInt(10) == 0) {
      values[random.nextInt(count)] = Double.NaN;
    }
    return TensorView.of(values, shape);
  }

  private static int near(Random random, int number) {
    return random.nextInt(6) > 0 ? number : Math.max(0, number - 1 + random.nextInt(3));
  }

  private static int[] ints(Random random, int count, int bound) {
    boolean wild = random.nextInt(6) == 0;
    int[] out = new int[count];
    Arrays.setAll(out, i -> wild ? random.nextInt(bound + 2) - 1 : random.nextInt(bound));
    return out;
  }

  /** The documentation of {@link LayerBatch}, word by word. */
  private static Meaning meaning(LayerSpec spec, GradientBatch batch) {
    NaiveLayer naive = new NaiveLayer(spec, batch.examples());
    boolean legal = true;
    int stored = 0;
    for (LayerBatch use : batch.layers()) {
      boolean one = spec.convolution() == null ? linear(naive, use) : convolution(naive, use);
      legal &= one;
      stored += use.activations().elements();
    }
    return new Meaning(naive, legal, stored > 0 && naive.rows() == 0);
  }

  private static boolean linear(NaiveLayer naive, LayerBatch use) {
    long[] in = use.activations().shape();
    long[] out = use.outputGradients().shape();
    boolean alike =
        in.length >= 2
            && in.length == out.length
            && in[in.length - 1] == 2
            && out[out.length - 1] == 3
            && Arrays.equals(in, 0, in.length - 1, out, 0, out.length - 1);
    if (!alike) {
      return false;
    }
    int rows = use.activations().elements() / 2;
    int[] owners = owners(use, naive.examples(), rows, in);
    if (owners == null) {
      return false;
    }
    for (int r = 0; r < rows; r++) {
      if (owners[r] >= 0) {
        double[] a = row(use.activations(), r, 2);
        double[] g = row(use.outputGradients(), r, 3);
        if (!finite(a) || !finite(g)) {
          return false;
        }
        naive.add(0, owners[r], a, g);
      }
    }
    return true;
  }

  /** The example of each row, -1 where it is masked; null where the statements contradict. */
  private static int[] owners(LayerBatch use, int examples, int rows, long[] shape) {
    int[] owners = new int[rows];
    int[] offsets = use.offsets();
    int[] stated = use.owners();
    if (offsets != null) {
      boolean fit = offsets.length == examples + 1 && offsets[0] == 0 && stated == null;
      if (!fit || offsets[examples] != rows) {
        return null;
      }
      for (int e = 0; e < examples; e++) {
        if (offsets[e] > offsets[e + 1] || offsets[e + 1] > rows) {
          return null;
        }
        Arrays.fill(owners, offsets[e], offsets[e + 1], e);
      }
    } else if (stated != null) {
      if (stated.length != rows) {
        return null;
      }
      System.arraycopy(stated, 0, owners, 0, rows);
    } else {
      if (rows == 0 || shape[0] != examples) {
        return null;
      }
      Arrays.setAll(owners, r -> r / (rows / examples));
    }
    boolean[] mask = use.mask();
    if (mask != null && mask.length != rows) {
      return null;
    }
    for (int r = 0; r < rows; r++) {
      if (mask != null && !mask[r]) {
        owners[r] = -1;
      } else if (owners[r] < 0 || owners[r] >= examples) {
        return null;
      }
    }
    return owners;
  }

  /** One image an example, or an owner an image; kernel 2 over 2 channels, no bias. */
  private static boolean convolution(NaiveLayer naive, LayerBatch use) {
    long[] in = use.activations().shape();
    long[] out = use.outputGradients().shape();
    boolean[] mask = use.mask();
    int[] owners = use.owners();
    if (in.length != 3 || in[1] != 2 || use.offsets() != null) {
      return false;
    }
    int images = (int) in[0];
    int length = (int) in[2] - 1;
    if (images == 0) {
      return owners != null
          && owners.length == 0
          && use.outputGradients().elements() == 0
          && (mask == null || mask.length == 0);
    }
    boolean fits = length > 0 && Arrays.equals(out, new long[] {images, 2, length});
    fits &= owners == null ? images == naive.examples() : owners.length == images;
    if (!fits || (mask != null && mask.length != images * length)) {
      return false;
    }
    for (int r = 0; r < images * length; r++) {
      if (mask != null && !mask[r]) {
        continue;
      }
      int image = r / length;
      int owner = owners == null ? image : owners[image];
      if (owner < 0 || owner >= naive.examples()) {
        return false;
      }
      double[] window = new double[4];
      double[] gradient = new double[2];
      for (int c = 0; c < 2; c++) {
        int start = (image * 2 + c) * (length + 1) + r % length;
        window[2 * c] = use.activations().get(start);
        window[2 * c + 1] = use.activations().get(start + 1);
        gradient[c] = use.outputGradients().get((image * 2 + c) * length + r % length);
      }
      if (!finite(window) || !finite(gradient)) {
        return false;
      }
      naive.add(0, owner, window, gradient);
    }
    return true;
  }

  private static double[] row(TensorView tensor, int row, int columns) {
    double[] out = new double[columns];
    Arrays.setAll(out, c -> tensor.get(row * columns + c));
    return out;
  }

  private static boolean finite(double[] values) {
    return Arrays.stream(Objects.requireNonNull(values)).allMatch(Double::isFinite);
  }
}
