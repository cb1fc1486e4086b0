/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.testing.SeededRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The fast inverse for many vectors is the plain one for one vector. */
final class PreconditionerTest extends SolverTest {
  private static final List<CurvatureStrategy> STRATEGIES =
      List.of(
          CurvatureStrategy.IDENTITY,
          CurvatureStrategy.DIAGONAL,
          CurvatureStrategy.KFAC,
          CurvatureStrategy.EKFAC,
          CurvatureStrategy.blockDiagonalEkfac(2));

  @Test
  void isTheInverseOfTheCurvature() {
    for (CurvatureStrategy strategy : STRATEGIES) {
      requireSame(network.fit(strategy), DAMPING);
      requireSame(network.fit(strategy), Damping.absolute(0.7));
    }
  }

  @Test
  void ofConvolutionsInGroups() {
    LayerSpec conv = LayerSpec.conv2d("conv", Conv2d.of(4, 6, 3).withGroups(2));
    TensorView in = TensorView.of(SeededRandom.gaussians(random, 3 * 4 * 25), 3, 4, 5, 5);
    TensorView out = TensorView.of(SeededRandom.gaussians(random, 3 * 6 * 9), 3, 6, 3, 3);
    GradientSource source =
        sink -> sink.accept(GradientBatch.of(3, new LayerBatch("conv", in, out)));
    try (Influence influence = Influence.builder().layers(conv).backend("reference").build()) {
      requireSame(influence.fit(source), DAMPING);
    }
  }

  private void requireSame(FittedCurvature fitted, Damping damping) {
    ParameterLayout layout = ParameterLayout.of(fitted.layers());
    double[][] v = {
      SeededRandom.gaussians(random, layout.size()), SeededRandom.gaussians(random, layout.size())
    };
    double[][] products = CurvaturePreconditioner.of(fitted, damping).apply(v);
    for (int i = 0; i < v.length; i++) {
      for (int l = 0; l < fitted.layers().size(); l++) {
        double[] expected =
            fitted.inverseVectorProduct(
                fitted.layers().get(l).name(), layout.part(l, v[i]), damping);
        assertThat(distance(layout.part(l, products[i]), expected)).isLessThan(1e-12);
      }
    }
  }

  /** What K-FAC calls λ is per row; here each example has one row, so it is the same. */
  @Test
  void theSystemHasTheDampingOfTheCurvature() {
    for (CurvatureStrategy strategy : STRATEGIES.subList(1, STRATEGIES.size())) {
      FittedCurvature fitted = network.fit(strategy);
      DampedSystem relative = DampedSystem.of(network.operator(), fitted, DAMPING);
      DampedSystem absolute = DampedSystem.of(network.operator(), fitted, Damping.absolute(0.7));
      for (int l = 0; l < network.layers().size(); l++) {
        String name = network.layers().get(l).name();
        assertThat(relative.lambda(l)).isEqualTo(fitted.lambda(name, DAMPING));
        assertThat(absolute.lambda(l)).isEqualTo(0.7);
      }
    }
    FittedCurvature identity = network.fit(CurvatureStrategy.IDENTITY);
    assertThatThrownBy(() -> DampedSystem.of(network.operator(), identity, DAMPING))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("IDENTITY has no eigenvalues");
  }
}
