/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every solver against Gaussian elimination of a matrix that textbook loops made. */
final class SolversTest extends SolverTest {
  private static final MiniBatches BATCHES = new MiniBatches(8, 5);

  @Test
  void choleskyIsExact() {
    Solution solution = DenseCholesky.of(system).solve(vectors);
    assertThat(error(solution)).isLessThan(1e-10);
    assertThat(solution.reports()).allSatisfy(r -> assertThat(r.residual()).isLessThan(1e-10));
  }

  @Test
  void conjugateGradientsAgreeWithCholesky() {
    Solution exact = DenseCholesky.of(system).solve(vectors);
    Solution plain = ConjugateGradients.to(1e-12).solve(system, vectors).requireConverged();
    for (int r = 0; r < vectors.length; r++) {
      assertThat(distance(plain.vectors()[r], exact.vectors()[r])).isLessThan(1e-10);
    }
  }

  /** Of one layer EK-FAC is exact, and the preconditioned system the identity. */
  @Test
  void ekfacSparesConjugateGradientsIterations() {
    TestNetwork layer =
        TestNetwork.random(random, Activation.IDENTITY, OutputLoss.HALF_SQUARED_ERROR, 40, 9, 4);
    FittedCurvature exact = layer.fit(CurvatureStrategy.EKFAC);
    DampedSystem damped = DampedSystem.of(layer.operator(), exact, DAMPING);
    double[][] some = layer.vectors(random, 2);
    ConjugateGradients plain = ConjugateGradients.to(1e-8);
    Solution without = plain.solve(damped, some).requireConverged();
    Solution with =
        plain.withPreconditioner(CurvaturePreconditioner.of(exact, DAMPING)).solve(damped, some);
    assertThat(with.requireConverged().reports())
        .allSatisfy(report -> assertThat(report.iterations()).isEqualTo(1));
    assertThat(without.reports())
        .allSatisfy(report -> assertThat(report.iterations()).isGreaterThan(3));
  }

  @Test
  void rightHandSidesShareThePasses() {
    Solution solution = ConjugateGradients.to(1e-8).solve(system, vectors);
    List<SolveReport> reports = solution.reports();
    long longest = reports.stream().mapToLong(SolveReport::iterations).max().orElseThrow();
    assertThat(solution.passes()).isEqualTo(longest + 1.0); // and one for the residuals
    assertThat(reports)
        .allSatisfy(r -> assertThat(r.products()).isEqualTo((double) r.iterations()));
  }

  @Test
  void oneRightHandSideIsWhatItIsAmongOthers() {
    Solution all = ConjugateGradients.to(1e-8).solve(system, vectors);
    for (int r = 0; r < vectors.length; r++) {
      Solution alone = ConjugateGradients.to(1e-8).solve(system, new double[][] {vectors[r]});
      assertThat(alone.vectors()[0]).isEqualTo(all.vectors()[r]);
      assertThat(alone.reports().get(0)).isEqualTo(all.reports().get(r));
    }
  }

  @Test
  void lissaFindsAScaleAndArrives() {
    Solution solution = Lissa.iterations(20_000).withTolerance(1e-9).solve(system, vectors);
    assertThat(error(solution.requireConverged())).isLessThan(1e-7);
  }

  @Test
  void astraArrivesFromEkfac() {
    Solution solution = Astra.iterations(2000, ekfac).withTolerance(1e-10).solve(system, vectors);
    assertThat(error(solution.requireConverged())).isLessThan(1e-8);
  }

  @Test
  void miniBatchesComeNearer() {
    Astra astra =
        Astra.iterations(600, ekfac)
            .withBatches(BATCHES)
            .withLengths(new StepLengths(null, 0.9, 0.05));
    double before = error(astra.withIterations(0).solve(system, vectors));
    Solution solution = astra.solve(system, vectors);
    assertThat(error(solution)).isLessThan(0.3 * before);
    SolveReport report = solution.reports().get(0);
    assertThat(report.products()).isCloseTo(600 * 8 / 24.0, within(1e-9));
    assertThat(report.converged()).isFalse(); // nobody asked
  }

  @Test
  void lissaTakesMiniBatches() {
    Lissa lissa = Lissa.iterations(3000).withBatches(BATCHES);
    assertThat(error(lissa.solve(system, vectors))).isLessThan(0.5);
    assertThat(lissa.solve(system, vectors).vectors())
        .isDeepEqualTo(lissa.solve(system, vectors).vectors());
  }

  @Test
  void anEmptyRightHandSideIsSolvedByZero() {
    double[][] some = {vectors[0], new double[network.size()]};
    for (IterativeSolver solver :
        List.of(
            ConjugateGradients.to(1e-8).withPreconditioner(ekfac),
            Astra.iterations(5, ekfac),
            Lissa.iterations(5))) {
      Solution solution = solver.solve(system, some);
      assertThat(solution.vectors()[1]).containsOnly(0);
      assertThat(solution.reports().get(1).residual()).isZero();
      assertThat(solution.reports().get(1).iterations()).isZero();
    }
  }
}
