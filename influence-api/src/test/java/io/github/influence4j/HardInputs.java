/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Layers used twice, layers that share an input, and inputs of narrow types. */
@Tag("inputs")
abstract class HardInputs extends HardLayers {
  HardInputs(HardLayersTest tests) {
    super(tests);
  }

  @Test
  void layerUsedTwice() {
    LayerSpec tied = LayerSpec.linear("tied", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 5).withoutBias();
    check("tied", tied(TRAIN, tied, head), tied(QUERIES, tied, head));
  }

  /** Two uses of unlike lengths of one layer, and a layer used once. */
  private Data tied(int examples, LayerSpec tied, LayerSpec head) {
    Data data = Data.of(examples, tied, head);
    for (int use = 0; use < 2; use++) {
      int[] lengths = random().lengths(examples, 1, 4);
      data.linear("tied", random().examples(lengths, 4), random().examples(lengths, 3));
    }
    int[] lengths = random().lengths(examples, 1, 1);
    return data.linear("head", random().examples(lengths, 3), random().examples(lengths, 5));
  }

  @Test
  void layersThatShareAnInputShareItsFactors() {
    LayerSpec q = LayerSpec.linear("q", 4, 3);
    LayerSpec k = LayerSpec.linear("k", 4, 2);
    LayerSpec v = LayerSpec.linear("v", 4, 5);
    Data train = shared(TRAIN, q, k, v);
    Data queries = shared(QUERIES, q, k, v);
    check("shared input", train, queries);
    List<LayerSpec> sharing = List.of(q, k.sharingInputOf("q"), v.sharingInputOf("q"));
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] separate = scores(train.specs(), strategy, train.captures(), queries.captures());
      assertThat(scores(sharing, strategy, train.captures(), queries.captures()))
          .isEqualTo(separate);
    }
    try (Influence influence = influence(sharing, CurvatureStrategy.EKFAC)) {
      FittedCurvature curvature = influence.fit(train.captures());
      FactorBlock owned = curvature.factors("q").parts().get(0).activations().get(0);
      for (String name : List.of("k", "v")) {
        assertThat(curvature.factors(name).parts().get(0).activations().get(0)).isSameAs(owned);
      }
    }
  }

  private Data shared(int examples, LayerSpec... specs) {
    Data data = Data.of(examples, specs);
    int[] lengths = random().lengths(examples, 1, 4);
    double[][][] input = random().examples(lengths, 4);
    for (LayerSpec spec : specs) {
      data.linear(spec.name(), input, random().examples(lengths, spec.outputs()));
    }
    return data;
  }

  @Test
  void convolutionsThatShareAnInputAreFedOne() {
    LayerSpec a = LayerSpec.conv2d("a", Conv2d.of(2, 2, 2));
    LayerSpec b = LayerSpec.conv2d("b", Conv2d.of(2, 3, 2)).sharingInputOf("a");
    double[][] inputs = random().matrix(TRAIN, 2 * 9);
    double[][] negated =
        Arrays.stream(inputs)
            .map(row -> Arrays.stream(row).map(x -> -x).toArray())
            .toArray(double[][]::new);
    for (double[][] other : List.of(inputs, negated)) {
      Captures data =
          new Captures(TRAIN)
              .images("a", conv(a), 3, inputs, random().matrix(TRAIN, 2 * 4))
              .images("b", conv(b), 3, other, random().matrix(TRAIN, 3 * 4));
      try (Influence influence = influence(List.of(a, b), CurvatureStrategy.EKFAC)) {
        if (other == inputs) {
          assertThat(influence.fit(data).layers()).hasSize(2);
        } else {
          assertThatThrownBy(() -> influence.fit(data))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("was fed other activations than that");
        }
      }
    }
  }

  private static Conv2d conv(LayerSpec layer) {
    return Objects.requireNonNull(layer.convolution());
  }

  @Test
  void narrowTypesAreTheirValuesWidened() {
    LayerSpec fc = LayerSpec.linear("fc", 5, 3);
    LayerSpec conv = LayerSpec.conv2d("conv", Conv2d.of(2, 2, 2).withPadding(1));
    int[] lengths = random().lengths(TRAIN, 1, 4);
    // Sixteenths below 8 need 7 bits: exact in all types.
    double[][][] activations = rounded(random().examples(lengths, 5));
    double[][][] gradients = rounded(random().examples(lengths, 3));
    double[][] inputs = rounded(random().matrix(TRAIN, 2 * 9));
    double[][] outputs = rounded(random().matrix(TRAIN, 2 * 16));
    Captures exact =
        new Captures(TRAIN)
            .linear("fc", activations, gradients)
            .images("conv", Objects.requireNonNull(conv.convolution()), 3, inputs, outputs);
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] expected = scores(List.of(fc, conv), strategy, exact, exact);
      for (ElementType type : ElementType.values()) {
        Captures narrow = exact.as(type);
        assertThat(scores(List.of(fc, conv), strategy, narrow, narrow))
            .as("%s %s", strategy, type)
            .isEqualTo(expected);
      }
    }
  }

  private static double[][][] rounded(double[][][] values) {
    return Arrays.stream(values).map(HardInputs::rounded).toArray(double[][][]::new);
  }

  private static double[][] rounded(double[][] values) {
    return Arrays.stream(values)
        .map(row -> Arrays.stream(row).map(x -> Math.rint(x * 16) / 16).toArray())
        .toArray(double[][]::new);
  }
}
