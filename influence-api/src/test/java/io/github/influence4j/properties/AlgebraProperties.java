/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static io.github.influence4j.testing.Bits.assertSameBits;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.DenseInfluence;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** P5, P6 and P15: explicit algebra, and where the curvature is exact. */
@Tag("algebra")
abstract class AlgebraProperties extends InfluenceProperties {
  AlgebraProperties(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p5InverseVectorProductsSolveTheDenseSystem(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p5 train", 15);
    TestModel query = small("p5 query", 2);
    double tolerance = tolerance(precision, 1e-10, 1e-4);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      for (Damping damping : List.of(HEURISTIC, Damping.relative(2), Damping.absolute(0.5))) {
        for (int i = 0; i < SMALL.size(); i++) {
          String layer = SMALL.get(i).name();
          Matrix vector = query.data().get(i).gradient(1);
          Matrix expected =
              DenseInfluence.fit(train.data().get(i), strategy).solve(vector, strategy, damping);
          double[] actual = curvature.inverseVectorProduct(layer, vector.values(), damping);
          assertNear(layer + " " + damping, Matrix.column(actual), expected, tolerance);
        }
      }
    }
  }

  /** P5 and P15, end to end: scores equal gᵀ(G+λI)⁻¹g by dense solves, block-diagonal or not. */
  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p15ScoresEqualExplicitAlgebra(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p15 train", 15);
    TestModel queries = small("p15 queries", 4);
    double tolerance = tolerance(precision, 1e-10, 1e-4);
    Damping[] dampings = {HEURISTIC, Damping.absolute(0.5)};
    ScoreOptions options = ScoreOptions.pairwise().withDampings(dampings).withPerLayer(true);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores scores = influence.score(curvature, all(queries), all(train), options);
      for (Damping damping : dampings) {
        InfluenceScores actual = scores.forDamping(damping);
        Matrix total = Matrix.zeros(4, 15);
        for (int i = 0; i < SMALL.size(); i++) {
          TestExamples data = train.data().get(i);
          Matrix expected =
              matrix(DenseInfluence.scores(data, queries.data().get(i), data, strategy, damping));
          assertNear("layer " + i, layer(actual, SMALL.get(i)), expected, tolerance);
          total = total.plus(expected);
        }
        assertNear("total", matrix(actual.toMatrix()), total, tolerance);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p15OneBlockIsTheFullFactorisation(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p15 one"), 9, 5, WIDE);
    ScoreOptions options = ScoreOptions.pairwise();
    CurvatureStrategy one = CurvatureStrategy.blockDiagonalEkfac(1);
    double[][] blocks = scores(precision, one, train, train, options);
    double[][] full = scores(precision, CurvatureStrategy.EKFAC, train, train, options);
    assertSameBits("O=1", matrix(blocks).values(), matrix(full).values());
  }

  /** Of one row, F = (ds⊗a)(ds⊗a)ᵀ = S⊗A. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p6OneExampleIsExact(Precision precision) {
    TestModel one = small("p6 one", 2).select(1);
    for (CurvatureStrategy strategy : List.of(CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, SMALL)) {
        FittedCurvature curvature = influence.fit(all(one));
        for (int i = 0; i < SMALL.size(); i++) {
          Matrix actual = hessian(curvature, SMALL.get(i).name());
          Matrix expected = DenseInfluence.fisher(one.data().get(i));
          assertNear(strategy.toString(), actual, expected, tolerance(precision, 1e-10, 1e-5));
        }
      }
    }
  }

  /**
   * A linear net f = W₃W₂W₁x with ½‖f−y‖²: the Gauss-Newton block of W₂ is BᵀB ⊗ E[aaᵀ], B = W₃
   * (Bernacchia et al. 2018). Labels f ± √o·e_k for each output k have exactly the moments of N(f,
   * I) up to the second, so they give the true Fisher without sampling noise. The block is made
   * here from the Jacobian of f, one unit vector a weight.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p6DeepLinearNetsAreExact(Precision precision) {
    Random random = SeededRandom.at("p6 deep");
    Matrix w1 = Matrix.gaussian(random, 4, 6);
    Matrix w3 = Matrix.gaussian(random, 3, 5);
    LayerSpec layer = LayerSpec.linear("w2", 4, 5).withoutBias();
    int inputs = 7;
    List<double[]> activations = new ArrayList<>();
    List<double[]> gradients = new ArrayList<>();
    Matrix gaussNewton = Matrix.zeros(20, 20);
    for (int n = 0; n < inputs; n++) {
      Matrix a = w1.times(Matrix.gaussian(random, 6, 1));
      Matrix jacobian = Matrix.zeros(3, 20);
      for (int k = 0; k < 20; k++) {
        Matrix unit = Matrix.zeros(5, 4);
        unit.values()[k] = 1;
        Matrix derivative = w3.times(unit.times(a));
        for (int o = 0; o < 3; o++) {
          jacobian.set(o, k, derivative.get(o, 0));
        }
      }
      gaussNewton = gaussNewton.plus(jacobian.transposed().times(jacobian).times(1.0 / inputs));
      for (int o = 0; o < 6; o++) {
        Matrix error = Matrix.zeros(3, 1);
        error.set(o / 2, 0, o % 2 == 0 ? Math.sqrt(3) : -Math.sqrt(3));
        activations.add(a.values());
        gradients.add(w3.transposed().times(error).values());
      }
    }
    TestModel model = TestModel.ofRows(layer, activations, gradients);
    for (CurvatureStrategy strategy : List.of(CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, List.of(layer))) {
        Matrix actual = hessian(influence.fit(all(model)), "w2");
        double tolerance = tolerance(precision, 1e-10, 1e-5);
        assertNear(strategy.toString(), actual, gaussNewton, tolerance);
      }
    }
  }
}
