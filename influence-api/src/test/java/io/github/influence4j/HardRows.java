/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows that are masked, in any order, or not there at all. */
@Tag("rows")
abstract class HardRows extends HardLayers {
  HardRows(HardLayersTest tests) {
    super(tests);
  }

  @Test
  void maskedRowsCountForNothingWhateverTheyHold() {
    LayerSpec spec = LayerSpec.linear("masked", 4, 3);
    check("masked", masked(TRAIN, spec), masked(QUERIES, spec));
  }

  private Data masked(int examples, LayerSpec spec) {
    Data data = Data.of(examples, spec);
    int[] lengths = random().lengths(examples, 5, 5);
    double[][][] activations = random().examples(lengths, spec.inputs());
    double[][][] gradients = random().examples(lengths, spec.outputs());
    boolean[][] kept = new boolean[examples][5];
    for (int e = 0; e < examples; e++) {
      for (int r = 0; r < 5; r++) {
        kept[e][r] = r == 0 || random().between(0, 1) == 1;
        if (!kept[e][r]) {
          activations[e][r][1] = Double.NaN;
          gradients[e][r][2] = Double.POSITIVE_INFINITY;
        }
      }
    }
    data.layers().get(0).use(activations, gradients, kept);
    data.captures().masked(spec.name(), activations, gradients, kept);
    return data;
  }

  @Test
  void rowsInAnyOrderBelongToTheExamplesThatWereNamed() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    check("routed", routed(TRAIN, expert, head), routed(QUERIES, expert, head));
  }

  /** Two uses of an expert that gets 0 to 3 rows an example, and a layer with one row each. */
  private Data routed(int examples, LayerSpec expert, LayerSpec head) {
    Data data = Data.of(examples, expert, head);
    for (int use = 0; use < 2; use++) {
      int[] lengths = random().lengths(examples, 0, 3);
      lengths[random().between(0, examples - 1)] = 2;
      double[][][] activations = random().examples(lengths, 4);
      double[][][] gradients = random().examples(lengths, 3);
      data.captures().routed("expert", activations, gradients, use);
      data.layer("expert").use(activations, gradients, null);
    }
    int[] lengths = random().lengths(examples, 1, 1);
    return data.linear("head", random().examples(lengths, 3), random().examples(lengths, 2));
  }

  @Test
  void asManyRoutedRowsAsExamples() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    check("as many routed rows as examples", permuted(TRAIN, expert), permuted(QUERIES, expert));
  }

  private Data permuted(int examples, LayerSpec expert) {
    Data data = Data.of(examples, expert);
    int[] lengths = new int[examples]; // 2, 0, 2, 0, ...: in every batch of even size K = N
    Arrays.setAll(lengths, e -> e == examples - 1 ? 1 : e % 2 == 0 ? 2 : 0);
    double[][][] activations = random().examples(lengths, 4);
    double[][][] gradients = random().examples(lengths, 3);
    data.captures().routed("expert", activations, gradients, 7);
    data.layer("expert").use(activations, gradients, null);
    return data;
  }

  @Test
  void examplesWithoutRowsAndBatchesWithoutTheLayer() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    check("uncalled", uncalled(TRAIN, expert, head), uncalled(QUERIES, expert, head));
  }

  private Data uncalled(int examples, LayerSpec expert, LayerSpec head) {
    Data data = Data.of(examples, expert, head);
    int[] one = random().lengths(examples, 1, 1);
    data.linear("head", random().examples(one, 3), random().examples(one, 2));
    int[] lengths = new int[examples];
    lengths[0] = 3;
    lengths[2] = 1; // later batches do not call the expert
    double[][][] activations = random().examples(lengths, 4);
    double[][][] gradients = random().examples(lengths, 3);
    Captures packed = new Captures(examples).linear("expert", activations, gradients);
    data.captures()
        .add(
            (first, last, type) ->
                first > 2 ? LayerBatch.empty(expert) : packed.batch(first, last).layers().get(0));
    data.layer("expert").use(activations, gradients, null);
    return data;
  }

  @Test
  void rowsCountWhereTheyAreAndExamplesEverywhere() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    Data train = uncalled(TRAIN, expert, head);
    try (Influence influence = influence(train.specs(), CurvatureStrategy.EKFAC)) {
      FittedCurvature curvature = influence.fit(train.captures().inBatchesOf(4));
      assertThat(curvature.factors("expert").rows()).isEqualTo(4);
      assertThat(curvature.factors("head").rows()).isEqualTo(TRAIN);
      for (String name : List.of("expert", "head")) {
        assertThat(curvature.factors(name).squaresExamples()).isEqualTo(TRAIN);
        assertThat(curvature.factors(name).covarianceExamples()).isEqualTo(TRAIN);
      }
    }
  }

  @Test
  void anExpertThatNeverGotARowHasNoInfluence() {
    LayerSpec dead = LayerSpec.linear("dead", 4, 3);
    LayerSpec deadConv = LayerSpec.conv2d("conv", Conv2d.of(2, 2, 2));
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    int[] one = random().lengths(TRAIN, 1, 1);
    Data train =
        Data.of(TRAIN, head).linear("head", random().examples(one, 3), random().examples(one, 2));
    GradientSource withDead =
        sink ->
            train.captures().replay(batch -> sink.accept(batch.withUncalled(dead, head, deadConv)));
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] expected = scores(List.of(head), strategy, train.captures(), train.captures());
      double[] actual = scores(List.of(dead, head, deadConv), strategy, withDead, withDead);
      assertThat(actual).as("%s", strategy).isEqualTo(expected);
    }
  }

  @Test
  void offsetsArePaddingWithAMaskToTheLastBit() {
    LayerSpec spec = LayerSpec.linear("fc", 5, 3);
    int[] lengths = random().lengths(TRAIN, 1, 6);
    double[][][] activations = random().examples(lengths, 5);
    double[][][] gradients = random().examples(lengths, 3);
    Captures offsets = new Captures(TRAIN).linear("fc", activations.clone(), gradients.clone());
    boolean[][] kept = new boolean[TRAIN][6];
    for (int e = 0; e < TRAIN; e++) {
      Arrays.fill(kept[e], 0, lengths[e], true);
      activations[e] = padded(activations[e], 5);
      gradients[e] = padded(gradients[e], 3);
    }
    Captures masked = new Captures(TRAIN).masked("fc", activations, gradients, kept);
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] expected = scores(List.of(spec), strategy, offsets, offsets);
      assertThat(scores(List.of(spec), strategy, masked.inBatchesOf(4), masked))
          .isEqualTo(expected);
    }
  }

  private static double[][] padded(double[][] rows, int columns) {
    double[][] out = Arrays.copyOf(rows, 6);
    for (int r = rows.length; r < 6; r++) {
      out[r] = new double[columns];
      Arrays.fill(out[r], Double.NaN);
    }
    return out;
  }
}
