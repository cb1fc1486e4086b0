/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.replays.CheckedSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as the same rows in a later pass: rounding, padding, masks, owners, types. */
final class ReplayedRowsTest extends Replays {
  /** Batches cut otherwise and rounding in the last bits of float32 are no other examples. */
  @Test
  void roundingIsNoChange() {
    List<Data> one = data(0, LAYERS);
    Random random = new Random(1);
    List<Data> rounded =
        one.stream()
            .map(
                d -> {
                  double[][][] rows = new double[d.rows().length][2][];
                  for (int l = 0; l < rows.length; l++) {
                    for (int s = 0; s < 2; s++) {
                      rows[l][s] =
                          Arrays.stream(d.rows()[l][s])
                              .map(x -> x * (1 + 1e-4 * random.nextGaussian()))
                              .toArray();
                    }
                  }
                  return new Data(rows);
                })
            .toList();
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(one, rounded)));
      assertThat(curvature.factors("first").rows()).isEqualTo(N);
    }
  }

  @Test
  void paddingThatIsMaskedMayDiffer() {
    int[] pass = {0};
    LayerSpec layer = LayerSpec.linear("fc", 3, 2);
    GradientSource source =
        sink -> {
          int padded = 4 + pass[0]++;
          Random garbage = new Random(padded);
          float[] a = new float[2 * padded * 3];
          float[] g = new float[2 * padded * 2];
          boolean[] mask = new boolean[2 * padded];
          for (int i = 0; i < a.length; i++) {
            a[i] = garbage.nextFloat();
          }
          for (int e = 0; e < 2; e++) {
            for (int t = 0; t < 3 + e; t++) {
              int row = e * padded + t + (pass[0] % 2 == 0 && e == 0 ? 1 : 0);
              mask[row] = true;
              for (int c = 0; c < 3; c++) {
                a[row * 3 + c] = (float) Math.sin(1 + e + 3 * t + 7 * c);
              }
              g[row * 2] = (float) Math.cos(e + t);
              g[row * 2 + 1] = 1 + t;
            }
          }
          sink.accept(
              GradientBatch.of(
                  2,
                  new LayerBatch(
                          "fc", TensorView.of(a, 2, padded, 3), TensorView.of(g, 2, padded, 2))
                      .withMask(mask)));
        };
    try (Influence influence = influence(layer)) {
      assertThat(influence.fit(source).factors("fc").rows()).isEqualTo(7);
    }
  }

  /** Of a convolution too: what counts is compared, what does not may be anything. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void maskedConvolutions(boolean owners) {
    LayerSpec layer = LayerSpec.conv2d("conv", Conv2d.of(2, 3, 3).withPadding(1)).withoutBias();
    int[] pass = {0};
    int[] other = {-1};
    GradientSource source =
        sink -> {
          int size = 3 + pass[0]++;
          for (int first = 0; first < 12; first += size) {
            int examples = Math.min(size, 12 - first);
            int wide = 5 + pass[0]; // each pass pads to another width
            sink.accept(
                GradientBatch.of(
                    examples, masked(first, examples, wide, owners, pass[0] > 1 ? other[0] : -1)));
          }
        };
    try (Influence influence = influence(layer)) {
      assertThat(influence.fit(source).factors("conv").rows()).isEqualTo(12 * 4 * 3);
      pass[0] = 0;
      other[0] = 7;
      refused(
          () -> influence.fit(source),
          "another example 7 in pass 1",
          "the output gradients of layer \"conv\"");
    }
  }

  /** Images of 4 x 3 on a canvas of 4 x wide, the rest of which is masked and holds garbage. */
  private static LayerBatch masked(int first, int examples, int wide, boolean owners, int changed) {
    float[] a = new float[examples * 2 * 4 * wide];
    float[] g = new float[examples * 3 * 4 * wide];
    boolean[] mask = new boolean[examples * 4 * wide];
    Random garbage = new Random(wide);
    for (int i = 0; i < g.length; i++) {
      int e = first + i / (3 * 4 * wide);
      boolean counts = i % wide < 3;
      g[i] = garbage.nextFloat();
      if (counts) {
        int place = i / wide % 12 * 3 + i % wide;
        g[i] = (float) Math.sin(1 + e + 5 * place + (e == changed ? 0.7 : 0));
      }
      mask[i / (3 * 4 * wide) * 4 * wide + i % (4 * wide)] = counts;
    }
    for (int i = 0; i < a.length; i++) {
      a[i] = i % wide < 4 ? (float) Math.cos(i / wide + i % wide) : 0;
    }
    LayerBatch batch =
        new LayerBatch(
                "conv",
                TensorView.of(a, examples, 2, 4, wide),
                TensorView.of(g, examples, 3, 4, wide))
            .withMask(mask);
    return owners ? batch.withRowsOf(IntStream.range(0, examples).toArray()) : batch;
  }

  /** Routed rows: each pass cuts the batches otherwise, and the rows of examples lie mixed. */
  @Test
  void rowsWithStatedOwners() {
    LayerSpec layer = LayerSpec.linear("expert", 3, 2);
    int[] pass = {0};
    int[] other = {-1};
    GradientSource source =
        sink -> {
          int size = 2 + pass[0]++ % 3;
          for (int first = 0; first < 12; first += size) {
            int examples = Math.min(size, 12 - first);
            List<Integer> owners = new ArrayList<>();
            List<Float> a = new ArrayList<>();
            List<Float> g = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
              for (int e = examples - 1; e >= 0; e--) {
                int number = first + e;
                if (t >= number % 4) {
                  continue;
                }
                double shift = pass[0] > 1 && number == other[0] ? 0.5 : 0;
                owners.add(e);
                for (int c = 0; c < 3; c++) {
                  a.add((float) Math.sin(1 + number + 3 * t + 7 * c + shift));
                }
                g.add((float) Math.cos(number + t));
                g.add(1f + t);
              }
            }
            int rows = owners.size();
            sink.accept(
                GradientBatch.of(
                    examples,
                    new LayerBatch(
                            "expert",
                            TensorView.of(floats(a), rows, 3),
                            TensorView.of(floats(g), rows, 2))
                        .withRowsOf(owners.stream().mapToInt(i -> i).toArray())));
          }
        };
    try (Influence influence = influence(layer)) {
      assertThat(influence.fit(source).factors("expert").rows()).isEqualTo(18);
      pass[0] = 0;
      other[0] = 7;
      refused(() -> influence.fit(source), "another example 7 in pass 1", "layer \"expert\"");
    }
  }

  private static float[] floats(List<Float> values) {
    float[] out = new float[values.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = values.get(i);
    }
    return out;
  }

  /** Half precision differs by more from run to run, and is read like the rest. */
  @Test
  void halfPrecision() {
    LayerSpec layer = LayerSpec.linear("fc", 8, 2);
    int[] pass = {0};
    boolean[] other = {false};
    GradientSource source =
        sink -> {
          Random random = new Random(other[0] && pass[0] > 0 ? 2 : 1);
          double noise = pass[0]++ == 0 ? 0 : 0.01;
          ByteBuffer a = ByteBuffer.allocate(2 * 8 * 4).order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < 8 * 4; i++) {
            float value = (float) ((random.nextDouble() - 0.5) * (1 + noise));
            a.putShort(2 * i, (short) (Float.floatToIntBits(value) >>> 16));
          }
          TensorView gradients = TensorView.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2);
          sink.accept(
              GradientBatch.of(
                  4, new LayerBatch("fc", TensorView.of(a, ElementType.BF16, 4, 8), gradients)));
        };
    try (Influence influence = influence(layer)) {
      influence.fit(source);
      pass[0] = 0;
      other[0] = true;
      refused(() -> influence.fit(source), "the activations of layer \"fc\"");
    }
  }

  /** Bags of words under a model that has learned nothing: only inputs tell examples apart. */
  @Test
  void sparseInputsAreTold() {
    int words = 2000;
    Random random = new Random(5);
    List<GradientBatch> examples = new ArrayList<>();
    for (int e = 0; e < N; e++) {
      float[] bag = new float[words];
      random.ints(5, 0, words).forEach(word -> bag[word] = 1);
      TensorView gradient = TensorView.of(new float[] {e % 2 == 0 ? 0.5f : -0.5f}, 1, 1);
      examples.add(
          GradientBatch.of(1, new LayerBatch("words", TensorView.of(bag, 1, words), gradient)));
    }
    List<GradientBatch> others = new ArrayList<>(examples);
    Collections.swap(others, 2, 4);
    CheckedSource source =
        CheckedSource.of(
            new GradientSource() {
              private int passes;

              @Override
              public void replay(GradientSink sink) {
                (passes++ < 2 ? examples : others).forEach(sink::accept);
              }
            },
            "source",
            "examples");
    source.replay(batch -> {});
    source.replay(batch -> {});
    assertThatIllegalStateException()
        .isThrownBy(() -> source.replay(batch -> {}))
        .withMessageContaining("another example 2 in pass 2 than in pass 0: the activations of");
  }

  /** The head alone, of many classes: another label changes two elements of an output gradient. */
  @ParameterizedTest
  @ValueSource(ints = {100, 500})
  void labelsDrawnAnewAreTold(int classes) {
    LayerSpec head = LayerSpec.linear("head", 8, classes);
    for (long seed = 0; seed < 10; seed++) {
      Random labels = new Random(seed);
      GradientSource source =
          sink -> {
            for (int e = 0; e < 2 * N; e++) {
              float[] gradient = new float[classes];
              Arrays.fill(gradient, 1f / classes);
              gradient[labels.nextInt(classes)] -= 1;
              TensorView input = TensorView.of(Data.random(e, head).rows()[0][0], 1, 8);
              TensorView output = TensorView.of(gradient, 1, classes);
              sink.accept(GradientBatch.of(1, new LayerBatch("head", input, output)));
            }
          };
      CheckedSource checked = CheckedSource.of(source, "source", "examples");
      checked.replay(batch -> {});
      assertThatIllegalStateException()
          .isThrownBy(() -> checked.replay(batch -> {}))
          .withMessageContaining("the output gradients of layer \"head\" are not the same");
    }
  }
}
