/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Layers as the library gets them and as naive loops see them, compared. */
abstract class HardLayers {
  static final int TRAIN = 9;
  static final int QUERIES = 4;
  static final List<CurvatureStrategy> STRATEGIES =
      List.of(
          CurvatureStrategy.IDENTITY,
          CurvatureStrategy.DIAGONAL,
          CurvatureStrategy.KFAC,
          CurvatureStrategy.EKFAC,
          CurvatureStrategy.blockDiagonalEkfac(2));
  static final Damping[] DAMPINGS = {Damping.HEURISTIC, Damping.absolute(0.3)};

  private final HardLayersTest tests;

  HardLayers(HardLayersTest tests) {
    this.tests = tests;
  }

  final TestRandom random() {
    return tests.random;
  }

  final Influence influence(List<LayerSpec> layers, CurvatureStrategy strategy) {
    return tests.influence(layers, strategy);
  }

  /** The same examples as the library gets them and as naive loops see them. */
  record Data(Captures captures, List<NaiveLayer> layers) {
    static Data of(int examples, LayerSpec... specs) {
      return new Data(
          new Captures(examples),
          Arrays.stream(specs).map(spec -> new NaiveLayer(spec, examples)).toList());
    }

    NaiveLayer layer(String name) {
      return layers.stream().filter(l -> l.spec.name().equals(name)).findFirst().orElseThrow();
    }

    Data linear(String name, double[][][] activations, double[][][] gradients) {
      captures.linear(name, activations, gradients);
      layer(name).use(activations, gradients, null);
      return this;
    }

    List<LayerSpec> specs() {
      return layers.stream().map(layer -> layer.spec).toList();
    }
  }

  final void check(String kind, Data train, Data queries) {
    for (CurvatureStrategy strategy : STRATEGIES) {
      try (Influence influence = influence(train.specs(), strategy)) {
        FittedCurvature curvature = influence.fit(train.captures.inBatchesOf(4));
        if (strategy.factored()) {
          train.layers.forEach(layer -> checkFactors(kind, layer, curvature));
        }
        ScoreOptions options = ScoreOptions.pairwise().withDampings(DAMPINGS);
        InfluenceScores pairs =
            influence.score(
                curvature, queries.captures.inBatchesOf(3), train.captures.inBatchesOf(5), options);
        SelfInfluence self =
            influence.selfInfluence(
                curvature, train.captures, SelfInfluenceOptions.defaults().withDampings(DAMPINGS));
        for (Damping damping : DAMPINGS) {
          List<NaiveInfluence> naive =
              train.layers.stream()
                  .map(layer -> new NaiveInfluence(layer, strategy, curvature, damping))
                  .toList();
          double[] actual = Tensors.concat(pairs.forDamping(damping).toMatrix());
          close(kind + ", pairwise", actual, scores(naive, queries, train, false));
          close(kind + ", self", self.scores(damping), scores(naive, train, train, true));
        }
      }
    }
  }

  private void close(String kind, double[] actual, double[] expected) {
    tests.accuracy.check(kind, actual, expected, tests.isDouble() ? 1e-9 : 1e-3);
  }

  private static double[] scores(
      List<NaiveInfluence> naive, Data queries, Data train, boolean self) {
    int columns = self ? 1 : train.captures.examples();
    double[] out = new double[queries.captures.examples() * columns];
    for (int i = 0; i < out.length; i++) {
      int q = i / columns;
      int m = self ? q : i % columns;
      for (int l = 0; l < naive.size(); l++) {
        out[i] += naive.get(l).score(queries.layers.get(l), q, train.layers.get(l), m);
      }
    }
    return out;
  }

  /** Covariances of explicit rows, and eigenvectors that are orthonormal and diagonalise them. */
  private void checkFactors(String kind, NaiveLayer layer, FittedCurvature curvature) {
    assertThat(curvature.factors(layer.spec.name()).rows()).isEqualTo(layer.rows());
    for (int g = 0; g < layer.spec.groups(); g++) {
      PartFactors part = curvature.factors(layer.spec.name()).parts().get(g);
      checkSide(kind, layer.covariance(g, true), part.activations(), layer.rows());
      checkSide(kind, layer.covariance(g, false), part.gradients(), layer.rows());
    }
  }

  private void checkSide(String kind, double[][] covariance, List<FactorBlock> blocks, int rows) {
    int first = 0;
    for (FactorBlock block : blocks) {
      int d = block.dimension();
      double[] expected = new double[d * d];
      double[] sum = new double[d * d];
      double[] values = block.eigenvalues().toDoubles();
      double[] q = block.eigenvectors().toDoubles();
      double[] recomposed = new double[d * d];
      for (int i = 0; i < d * d; i++) {
        expected[i] = covariance[first + i / d][first + i % d];
        sum[i] = block.covariance().toDoubles()[i] / rows;
        for (int k = 0; k < d; k++) {
          recomposed[i] += q[i / d * d + k] * values[k] * q[i % d * d + k];
        }
      }
      close(kind + ", covariances", sum, expected);
      close(kind + ", eigenvectors", recomposed, expected);
      first += d;
    }
  }

  final double[] scores(
      List<LayerSpec> layers,
      CurvatureStrategy strategy,
      GradientSource train,
      GradientSource queries) {
    try (Influence influence = influence(layers, strategy)) {
      FittedCurvature curvature = influence.fit(train);
      ScoreOptions options = ScoreOptions.pairwise().withDampings(DAMPINGS);
      double[] pairs =
          Tensors.concat(influence.score(curvature, queries, train, options).toMatrix());
      double[] self =
          influence
              .selfInfluence(
                  curvature, train, SelfInfluenceOptions.defaults().withDampings(DAMPINGS))
              .scores();
      return Tensors.concat(new double[][] {pairs, self});
    }
  }

  final Data images(int examples, LayerSpec spec, int height, int width) {
    return addImages(Data.of(examples, spec), spec, height, width);
  }

  final Data addImages(Data data, LayerSpec spec, int height, int width) {
    int examples = data.captures.examples();
    Conv2d conv = Objects.requireNonNull(spec.convolution());
    NaiveConvolution naive = new NaiveConvolution(conv, height, width);
    double[][] inputs = random().matrix(examples, naive.inputSize());
    double[][] outputs = random().matrix(examples, naive.outputSize());
    data.captures.images(spec.name(), conv, height, inputs, outputs);
    NaiveLayer layer = data.layer(spec.name());
    boolean firstUse = layer.rows() == 0;
    for (int e = 0; e < examples; e++) {
      naive.addRows(layer, e, inputs[e], outputs[e], null);
      for (int g = 0; firstUse && g < conv.groups(); g++) {
        double[] defined = naive.weightGradient(inputs[e], outputs[e], g, spec.bias());
        tests.accuracy.check("convolution by definition", layer.gradient(g, e), defined, 1e-12);
      }
    }
    return data;
  }
}
