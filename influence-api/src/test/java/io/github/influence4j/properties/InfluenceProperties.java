/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The backend under test, models small enough for explicit matrices, and what compares matrices.
 * Tolerances are those of the method, relative to the norm of what is compared unless said
 * otherwise.
 */
abstract class InfluenceProperties {
  static final Damping HEURISTIC = Damping.HEURISTIC;

  /** Dense enough for explicit matrices; T* of the first layer lies between its lengths. */
  static final List<LayerSpec> SMALL =
      List.of(
          LayerSpec.linear("fc1", 6, 5),
          LayerSpec.linear("fc2", 4, 3).withoutBias(),
          LayerSpec.linear("fc3", 3, 4));

  /** With rests after every vector width, in layers of very different memory. */
  static final List<LayerSpec> WIDE =
      List.of(
          LayerSpec.linear("wide", 33, 31),
          LayerSpec.linear("narrow", 7, 17).withoutBias(),
          LayerSpec.linear("bottleneck", 15, 4),
          LayerSpec.linear("head", 16, 1));

  private final BackendProvider backends;

  InfluenceProperties(BackendProvider backends) {
    this.backends = backends;
  }

  static Stream<CurvatureStrategy> strategies() {
    return Stream.of(
        CurvatureStrategy.IDENTITY,
        CurvatureStrategy.DIAGONAL,
        CurvatureStrategy.KFAC,
        CurvatureStrategy.EKFAC,
        CurvatureStrategy.blockDiagonalEkfac(2),
        CurvatureStrategy.blockDiagonalEkfac(3));
  }

  static Stream<Arguments> strategiesInBothPrecisions() {
    return strategies()
        .flatMap(s -> Stream.of(Precision.values()).map(precision -> Arguments.of(precision, s)));
  }

  static Stream<Arguments> curvedStrategies() {
    return strategiesInBothPrecisions()
        .filter(arguments -> arguments.get()[1] != CurvatureStrategy.IDENTITY);
  }

  static Stream<Arguments> correctedStrategies() {
    return curvedStrategies().filter(arguments -> arguments.get()[1] != CurvatureStrategy.KFAC);
  }

  final ComputeBackend create(BackendOptions options) {
    return backends.create(options);
  }

  final Influence.Builder builder(Precision precision, List<LayerSpec> layers) {
    return Influence.builder()
        .layers(layers)
        .backend(backends.name())
        .precision(precision)
        .threads(2);
  }

  final Influence open(Precision precision, CurvatureStrategy strategy, List<LayerSpec> layers) {
    return builder(precision, layers).strategy(strategy).build();
  }

  static double tolerance(Precision precision, double f64, double f32) {
    return precision == Precision.F64 ? f64 : f32;
  }

  static TestModel small(String name, int examples) {
    return TestModel.random(SeededRandom.at(name), examples, 7, SMALL);
  }

  static GradientSource all(TestModel model) {
    return model.source(model.count());
  }

  /** Fits and scores in one go. */
  final double[][] scores(
      Precision precision,
      CurvatureStrategy strategy,
      TestModel train,
      TestModel queries,
      ScoreOptions options) {
    try (Influence influence = open(precision, strategy, train.layers())) {
      FittedCurvature curvature = influence.fit(all(train));
      return influence.score(curvature, all(queries), all(train), options).toMatrix();
    }
  }

  static Matrix matrix(double[][] rows) {
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    return new Matrix(rows.length, flat.length / rows.length, flat);
  }

  static Matrix matrix(TensorView tensor) {
    return new Matrix((int) tensor.size(0), (int) tensor.size(1), tensor.toDoubles());
  }

  static void assertNear(String what, Matrix actual, Matrix expected, double tolerance) {
    assertThat(actual.minus(expected).norm())
        .as(what)
        .isLessThanOrEqualTo(tolerance * expected.norm());
  }

  /** Q_S ⊗ Q_A of a fitted layer. */
  static Matrix basis(FittedCurvature curvature, String layer) {
    var part = curvature.factors(layer).parts().get(0);
    return eigenvectors(part.gradients()).kronecker(eigenvectors(part.activations()));
  }

  private static Matrix eigenvectors(List<FactorBlock> blocks) {
    return Matrix.blockDiagonal(
        blocks.stream().map(block -> matrix(block.eigenvectors())).toList());
  }

  /** QΛQᵀ of a fitted layer. */
  static Matrix hessian(FittedCurvature curvature, String layer) {
    Matrix q = basis(curvature, layer);
    return q.times(Matrix.diagonal(curvature.eigenvalues(layer))).times(q.transposed());
  }

  static Matrix layer(InfluenceScores scores, LayerSpec layer) {
    double[][] rows = new double[scores.queries()][];
    Arrays.setAll(rows, q -> scores.layerScores(layer.name(), q));
    return matrix(rows);
  }
}
