/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.DenseInfluence;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** P13: queries of low rank, and the bound of their error. */
@Tag("low-rank")
abstract class LowRankProperties extends InfluenceProperties {
  LowRankProperties(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13AFullRankIsExact(Precision precision) {
    TestModel train = small("p13 train", 10);
    TestModel queries = small("p13 queries", 3);
    ScoreOptions options = ScoreOptions.pairwise();
    Matrix exact = matrix(scores(precision, CurvatureStrategy.EKFAC, train, queries, options));
    for (LowRank lowRank : List.of(LowRank.full(5), LowRank.randomized(5))) {
      ScoreOptions truncated = options.withLowRank(lowRank);
      Matrix actual = matrix(scores(precision, CurvatureStrategy.EKFAC, train, queries, truncated));
      assertSameBits(lowRank.toString(), actual.values(), exact.values());
    }
  }

  /** |ΔI| ≤ Σ_layers ‖V−V_r‖‖g‖, where the residual reported is ‖V−V_r‖/‖V‖. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13TheErrorFallsWithTheRankWithinItsBound(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p13 fall"), 12, 9, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p13 fall queries"), 3, 40, WIDE);
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores exact = influence.score(curvature, all(queries), all(train), options);
      for (LowRank.Method method : LowRank.Method.values()) {
        double[] before = {1, 1, 1};
        for (int rank : new int[] {1, 2, 4, 8, 16, 24, 30}) {
          ScoreOptions truncated = options.withLowRank(new LowRank(rank, method, 3, 1));
          InfluenceScores actual = influence.score(curvature, all(queries), all(train), truncated);
          for (int q = 0; q < 3; q++) {
            double residual = actual.residual("wide", q);
            assertThat(residual).as("rank " + rank).isLessThan(before[q]).isPositive();
            before[q] = residual;
          }
          for (int i = 0; i < WIDE.size(); i++) {
            assertWithinBound(precision, norms(curvature, queries, train, i), exact, actual, i);
          }
        }
      }
    }
  }

  /** An adaptive rank keeps the residual it was asked to, and with it the bound. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13AnAdaptiveRankKeepsTheResidual(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p13 adapt"), 12, 9, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p13 adapt queries"), 3, 40, WIDE);
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores exact = influence.score(curvature, all(queries), all(train), options);
      for (double limit : new double[] {0.8, 0.4, 0.1}) {
        LowRank lowRank = LowRank.randomized(1).withMaxResidual(limit);
        InfluenceScores actual =
            influence.score(curvature, all(queries), all(train), options.withLowRank(lowRank));
        for (int i = 0; i < WIDE.size(); i++) {
          for (int q = 0; q < 3; q++) {
            assertThat(actual.residual(WIDE.get(i).name(), q)).isLessThanOrEqualTo(limit);
          }
          assertWithinBound(precision, norms(curvature, queries, train, i), exact, actual, i);
        }
      }
    }
  }

  private static void assertWithinBound(
      Precision precision, Matrix norms, InfluenceScores exact, InfluenceScores actual, int layer) {
    Matrix expected = layer(exact, WIDE.get(layer));
    Matrix truncated = layer(actual, WIDE.get(layer));
    for (int q = 0; q < norms.rows(); q++) {
      double residual = actual.residual(WIDE.get(layer).name(), q);
      double relative = residual + tolerance(precision, 1e-12, 1e-5);
      for (int e = 0; e < norms.columns(); e++) {
        double bound = relative * norms.get(q, e);
        assertThat(truncated.get(q, e)).isCloseTo(expected.get(q, e), within(bound));
      }
    }
  }

  /** ‖V_q‖·‖g_e‖ in one layer. */
  private static Matrix norms(
      FittedCurvature curvature, TestModel queries, TestModel train, int layer) {
    Matrix out = Matrix.zeros(queries.count(), train.count());
    for (int q = 0; q < out.rows(); q++) {
      double[] gradient = queries.data().get(layer).gradient(q).values();
      String name = WIDE.get(layer).name();
      double[] v = curvature.inverseVectorProduct(name, gradient, HEURISTIC);
      for (int e = 0; e < out.columns(); e++) {
        double norm = train.data().get(layer).gradient(e).norm();
        out.set(q, e, Matrix.column(v).norm() * norm);
      }
    }
    return out;
  }

  /**
   * Truncating in the eigenbasis and rotating the factors equals truncating V itself, whose best
   * approximation comes here from the eigenvectors of VᵀV.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13TruncationCommutesWithRotation(Precision precision) {
    LayerSpec layer = LayerSpec.linear("layer", 6, 5);
    TestModel train = TestModel.random(SeededRandom.at("p13 train"), 20, 3, List.of(layer));
    TestModel queries = TestModel.random(SeededRandom.at("p13 query"), 1, 9, List.of(layer));
    int rank = 2;
    ScoreOptions options = ScoreOptions.pairwise().withLowRank(LowRank.full(rank));
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, List.of(layer))) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores actual = influence.score(curvature, all(queries), all(train), options);
      double[] gradient = queries.data().get(0).gradient(0).values();
      Matrix v = new Matrix(5, 7, curvature.inverseVectorProduct("layer", gradient, HEURISTIC));
      DenseInfluence.Eigen eigen = DenseInfluence.eigen(v.transposed().times(v));
      Matrix projection = Matrix.zeros(7, 7);
      for (int k = 7 - rank; k < 7; k++) {
        Matrix vector = Matrix.zeros(7, 1);
        for (int i = 0; i < 7; i++) {
          vector.set(i, 0, eigen.vectors().get(i, k));
        }
        projection = projection.plus(vector.times(vector.transposed()));
      }
      Matrix truncated = v.times(projection);
      double[] expected = new double[train.count()];
      Arrays.setAll(expected, e -> truncated.dot(train.data().get(0).gradient(e)));
      // The subspace is known up to a unit roundoff over the gap of the singular values.
      double gap = 1 - Math.sqrt(eigen.values()[4] / eigen.values()[5]);
      assumeTrue(gap > 1e-2, "singular values 2 and 3 are almost equal");
      double tolerance = tolerance(precision, 1e-12, 1e-5) / gap;
      assertNear(
          "scores", Matrix.column(actual.scores(0)), Matrix.column(expected), 10 * tolerance);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13HitsOfATruncatedScanAreScoredExactly(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p13 hits"), 40, 3, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p13 hit queries"), 3, 20, WIDE);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions pairwise = ScoreOptions.pairwise();
      double[][] exact = influence.score(curvature, all(queries), all(train), pairwise).toMatrix();
      ScoreOptions top = ScoreOptions.topK(5).withLowRank(LowRank.randomized(8));
      InfluenceScores hits = influence.score(curvature, all(queries), all(train), top);
      for (int q = 0; q < 3; q++) {
        assertThat(hits.rankAgreement(q).orElseThrow()).isBetween(0.0, 1.0);
        // A hit whose exact score has the other sign moves to the other side.
        List<Hit> both = new ArrayList<>(hits.proponents(q));
        both.addAll(hits.opponents(q));
        assertThat(both).hasSizeBetween(5, 10);
        for (Hit hit : both) {
          assertThat(hit.score()).isEqualTo(exact[q][(int) hit.example()]);
        }
      }
    }
  }
}
