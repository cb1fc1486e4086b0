/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.range;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Examples of one number, of any magnitude, and dampings of any magnitude. */
@Tag("numbers")
abstract class SingleNumbers extends FloatRange {
  SingleNumbers(BackendProvider backends) {
    super(backends);
  }

  private static TestModel numbers(double activation, double... gradients) {
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    List<double[]> a = new ArrayList<>();
    List<double[]> s = new ArrayList<>();
    for (double gradient : gradients) {
      a.add(new double[] {(float) activation});
      s.add(new double[] {(float) gradient});
    }
    return TestModel.ofRows(layer, a, s);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void oneExampleOfAnyMagnitude(Precision precision) {
    double[] magnitudes = {
      1, 1e-20, 1e-30, 1e-38, 1e-44, Float.MIN_VALUE, 1e15, 1e20, 1e38, Float.MAX_VALUE
    };
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.DIAGONAL, CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence =
          open(precision, strategy, List.of(LayerSpec.linear("fc", 1, 1).withoutBias()))) {
        for (double activation : magnitudes) {
          for (double gradient : magnitudes) {
            TestModel model = numbers(activation, gradient);
            FittedCurvature curvature = influence.fit(all(model));
            double score =
                influence
                    .score(curvature, all(model), all(model), ScoreOptions.pairwise())
                    .score(0, 0);
            double self =
                influence.selfInfluence(curvature, all(model), SelfInfluenceOptions.defaults())
                    .scores()[0];
            String what = strategy + " " + activation + " " + gradient;
            assertThat(score).as(what).isBetween(1 / 1.1 - 1e-6, 1 / 1.1 + 1e-6);
            assertThat(self).as(what).isBetween(1 / 1.1 - 1e-6, 1 / 1.1 + 1e-6);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatNoDoubleHoldsIsRefusedWithTheDirection(Precision precision) {
    TestModel tiny = numbers(Float.MIN_VALUE, Float.MIN_VALUE);
    TestModel huge = numbers(Float.MAX_VALUE, Float.MAX_VALUE);
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, List.of(layer))) {
      FittedCurvature small = influence.fit(all(tiny));
      FittedCurvature large = influence.fit(all(huge));
      for (ScoreOptions options : List.of(ScoreOptions.pairwise(), ScoreOptions.topK(1))) {
        assertThatThrownBy(() -> influence.score(small, all(huge), all(huge), options))
            .isInstanceOf(ArithmeticException.class)
            .hasMessageContaining("Layer \"fc\": a score is ")
            .hasMessageContaining("overflow, scale the loss down");
        assertThatThrownBy(() -> influence.score(large, all(tiny), all(tiny), options))
            .isInstanceOf(ArithmeticException.class)
            .hasMessageContaining("Layer \"fc\": a score is ")
            .hasMessageContaining("underflow, scale the loss up");
      }
      SelfInfluenceOptions self = SelfInfluenceOptions.defaults();
      assertThatThrownBy(() -> influence.selfInfluence(small, all(huge), self))
          .hasMessageContaining("scale the loss down");
      assertThatThrownBy(() -> influence.selfInfluence(large, all(tiny), self))
          .hasMessageContaining("scale the loss up");
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void anExampleOfZerosScoresZeroHoweverLargeItsOtherSide(Precision precision) {
    TestModel model = numbers(1e38, 0, 1, 0);
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.IDENTITY, CurvatureStrategy.DIAGONAL, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, List.of(layer))) {
        FittedCurvature curvature = influence.fit(all(model));
        double[][] scores =
            influence.score(curvature, all(model), all(model), ScoreOptions.pairwise()).toMatrix();
        assertThat(scores[0]).containsExactly(0, 0, 0);
        assertThat(scores[1][0]).isZero();
        assertThat(scores[1][1]).isPositive();
        assertThat(
                influence.selfInfluence(curvature, all(model), SelfInfluenceOptions.defaults())
                    .scores()[2])
            .isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void dampingsOutsideOfFloatAreRight(Precision precision) {
    TestModel model = numbers(1, 3, -5, 7);
    double mean = (9 + 25 + 49) / 3.0;
    LayerSpec layer = LayerSpec.linear("fc", 1, 1).withoutBias();
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.DIAGONAL, CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, List.of(layer))) {
        FittedCurvature curvature = influence.fit(all(model));
        for (double lambda : new double[] {1e-300, 1e-60, 1e-40, 1e-3, 1e30, 1e60, 1e300}) {
          ScoreOptions options = ScoreOptions.pairwise().withDampings(Damping.absolute(lambda));
          double[][] scores =
              influence.score(curvature, all(model), all(model), options).toMatrix();
          double expected = -15 / (mean + lambda);
          assertThat(scores[0][1] / expected).as("%s", lambda).isBetween(1 - 1e-5, 1 + 1e-5);
        }
        ScoreOptions hopeless = ScoreOptions.pairwise().withDampings(Damping.relative(1e-320));
        assertThatThrownBy(() -> influence.score(curvature, all(model), all(model), hopeless))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("Layer \"fc\": with damping relative(1.0E-320) λ is ");
      }
    }
  }

  @Test
  void dampingsThatPrecisionCannotTellFromTheEigenvaluesAreRefused() {
    LayerSpec layer = LayerSpec.linear("fc", 2, 1).withoutBias();
    // The second feature is dead: there, 1/(Λ+λ) is 1/λ.
    TestModel model =
        TestModel.ofRows(
            layer,
            List.of(new double[] {1, 0}, new double[] {-2, 0}),
            List.of(new double[] {3}, new double[] {4}));
    ScoreOptions options = ScoreOptions.pairwise().withDampings(Damping.absolute(1e-60));
    try (Influence influence = open(Precision.F64, CurvatureStrategy.DIAGONAL, List.of(layer))) {
      FittedCurvature curvature = influence.fit(all(model));
      double expected = 3 * -8 / ((9 + 64) / 2.0);
      assertThat(influence.score(curvature, all(model), all(model), options).score(0, 1))
          .isBetween(expected * (1 + 1e-12), expected * (1 - 1e-12));
    }
    try (Influence influence = open(Precision.F32, CurvatureStrategy.DIAGONAL, List.of(layer))) {
      assumeTrue(influence.backend().precision() == Precision.F32, "computes in F64 only");
      FittedCurvature curvature = influence.fit(all(model));
      assertThatThrownBy(() -> influence.score(curvature, all(model), all(model), options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Layer \"fc\": with damping absolute(1.0E-60) the weights")
          .hasMessageContaining("too far apart for F32")
          .hasMessageContaining("compute in F64");
    }
  }
}
