/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What goes wrong is said, with the layer or the right-hand side; never a NaN in a solution. */
final class SolverErrorsTest extends SolverTest {
  private static final LayerSpec LAYER = LayerSpec.linear("fc", 2, 2).withoutBias();

  /** A matrix of a user's own, of the weights of one layer. */
  private static GaussNewtonOperator matrix(double[][] values) {
    return new GaussNewtonOperator() {
      @Override
      public List<LayerSpec> layers() {
        return List.of(LAYER);
      }

      @Override
      public long examples() {
        return 1;
      }

      @Override
      public void addProducts(long[] examples, double[][] vectors, double[][] products) {
        for (int v = 0; v < vectors.length; v++) {
          for (int i = 0; i < values.length; i++) {
            products[v][i] += Vectors.dot(values[i], vectors[v]);
          }
        }
      }
    };
  }

  private static GaussNewtonOperator diagonal(double... values) {
    double[][] rows = new double[values.length][values.length];
    for (int i = 0; i < values.length; i++) {
      rows[i][i] = values[i];
    }
    return matrix(rows);
  }

  private static final double[][] V = {{1, 0, 0, 0}, {1, 2, 3, 4}};

  private List<IterativeSolver> all() {
    return List.of(
        ConjugateGradients.to(1e-6),
        Lissa.iterations(10).withScale(0.1),
        Astra.iterations(10, Preconditioner.NONE));
  }

  private static void requireArithmetic(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call).isInstanceOf(ArithmeticException.class).hasMessageContainingAll(parts);
  }

  @Test
  void productsThatAreNotFinite() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      DampedSystem broken = DampedSystem.of(diagonal(1, 1, 1, bad), 0.1);
      for (IterativeSolver solver : all().subList(0, 2)) {
        requireArithmetic(
            () -> solver.solve(broken, new double[][] {{1, 1, 0, 0}, V[1]}),
            "Right-hand side ",
            "layer \"fc\", row 1, column 1");
      }
      requireArithmetic(() -> DenseCholesky.of(broken), "layer \"fc\", row 1, column 1");
    }
  }

  @Test
  void rightHandSidesThatAreNotFiniteOrOfAnotherLength() {
    DampedSystem good = DampedSystem.of(diagonal(1, 2, 3, 4), 0.1);
    DenseCholesky exact = DenseCholesky.of(good);
    double[][] infinite = {V[0], {1, 2, Double.NEGATIVE_INFINITY, 4}};
    double[][] tooShort = {V[0], {1, 2}};
    double[][] tooLarge = {{1e200, 0, 0, 0}};
    for (IterativeSolver solver : all()) {
      assertThatThrownBy(() -> solver.solve(good, infinite))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Right-hand side 1 is -Infinity in layer \"fc\", row 1, column 0.");
      assertThatThrownBy(() -> solver.solve(good, tooShort))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "Right-hand side 1 has 2 elements, expected one for each of the 4");
      assertThatThrownBy(() -> solver.solve(good, tooLarge))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("scale the loss down");
    }
    assertThatThrownBy(() -> exact.solve(infinite)).hasMessageContaining("Right-hand side 1 is");
  }

  @Test
  void singularSystems() {
    DampedSystem singular = DampedSystem.of(diagonal(1, 2, 0, 4), 0);
    requireArithmetic(
        () -> DenseCholesky.of(singular), "singular at layer \"fc\", row 1, column 0");
    double[][] reachesIt = {V[0], {0, 0, 1, 0}};
    requireArithmetic(
        () -> ConjugateGradients.to(1e-6).solve(singular, reachesIt),
        "Right-hand side 1: the curvature along its search direction is 0.0");
    // What does not reach the null space is solved.
    assertThat(ConjugateGradients.to(1e-6).solve(singular, new double[][] {V[0]}).vectors()[0])
        .containsExactly(1, 0, 0, 0);
    Solution lissa = Lissa.iterations(50).solve(singular, reachesIt);
    assertThat(lissa.reports().get(1).residual()).isEqualTo(1);
    requireArithmetic(lissa::requireConverged, "Right-hand side ", "has not converged");
  }

  @Test
  void noCurvatureAnywhere() {
    DampedSystem flat = DampedSystem.of(diagonal(0, 0, 0, 0), 0);
    requireArithmetic(() -> Lissa.iterations(5).solve(flat, V), "no curvature in any direction");
    requireArithmetic(
        () -> Astra.iterations(5, Preconditioner.NONE).solve(flat, V), "no curvature");
    requireArithmetic(() -> ConjugateGradients.to(1e-6).solve(flat, V), "Right-hand side 0");
    requireArithmetic(() -> DenseCholesky.of(flat), "singular at layer \"fc\", row 0, column 0");
    DampedSystem damped = DampedSystem.of(diagonal(0, 0, 0, 0), 0.5);
    for (IterativeSolver solver : all()) {
      double[] x = solver.solve(damped, V).vectors()[1];
      assertThat(x[1]).isGreaterThan(0).isLessThanOrEqualTo(4);
    }
  }

  @Test
  void negativeCurvature() {
    DampedSystem indefinite = DampedSystem.of(diagonal(1, -2, 3, 4), 0);
    requireArithmetic(
        () -> ConjugateGradients.to(1e-6).solve(indefinite, new double[][] {V[0], {0, 1, 0, 0}}),
        "Right-hand side 1: the curvature along its search direction is -2.0");
    requireArithmetic(
        () -> DenseCholesky.of(indefinite), "singular at layer \"fc\", row 0, column 1");
  }

  @Test
  void operatorsThatAreNotSymmetric() {
    double[][] lopsided = {{2, 1, 0, 0}, {0, 2, 0, 0}, {0, 0, 2, 0}, {0, 0, 0, 2}};
    requireArithmetic(
        () -> DenseCholesky.of(DampedSystem.of(matrix(lopsided), 0)), "not those of a symmetric");
  }

  @Test
  void stepsThatAreTooLong() {
    requireArithmetic(
        () -> Lissa.iterations(500).withScale(100).solve(system, scaled(vectors)),
        "LiSSA diverges: the residual of right-hand side ",
        "with a step of 100.0");
    requireArithmetic(
        () ->
            Astra.iterations(500, ekfac)
                .withLengths(new StepLengths(50.0, 0.5, 0))
                .withBatches(new MiniBatches(4, 1))
                .solve(system, vectors),
        "ASTRA diverges: the residual of right-hand side ",
        "with a step of 50.0");
  }

  private static double[][] scaled(double[][] vectors) {
    double[][] out = Vectors.copy(vectors);
    Arrays.stream(out).forEach(v -> Vectors.scale(1e-3, v));
    return out;
  }

  /** A step that fails leaves the run as it was. */
  @Test
  void aFailedStepCanBeMadeAgain() {
    GaussNewtonOperator good = network.operator();
    boolean[] fail = {false};
    GaussNewtonOperator unreliable =
        new GaussNewtonOperator() {
          @Override
          public List<LayerSpec> layers() {
            return good.layers();
          }

          @Override
          public long examples() {
            return good.examples();
          }

          @Override
          public void addProducts(long[] examples, double[][] v, double[][] products) {
            good.addProducts(examples, v, products);
            if (fail[0]) {
              products[0][0] = Double.NaN;
            }
          }
        };
    DampedSystem sometimes = DampedSystem.of(unreliable, curvature, DAMPING);
    for (IterativeSolver solver :
        List.of(ConjugateGradients.to(1e-6), Astra.iterations(20, ekfac), Lissa.iterations(20))) {
      SolverRun run = solver.start(sometimes, vectors);
      run.step();
      fail[0] = true;
      requireArithmetic(run::step, "is NaN in layer \"fc1\", row 0, column 0");
      fail[0] = false;
      assertThat(run.runUntil(() -> false).solution().vectors())
          .isDeepEqualTo(solver.solve(system, vectors).vectors());
    }
  }

  @Test
  void preconditionersThatAreNotPositive() {
    Preconditioner negative =
        vectors -> {
          double[][] out = Vectors.copy(vectors);
          Arrays.stream(out).forEach(v -> Vectors.scale(-1, v));
          return out;
        };
    requireArithmetic(
        () -> ConjugateGradients.to(1e-6).withPreconditioner(negative).solve(system, vectors),
        "Right-hand side 0",
        "the preconditioner is not positive definite");
  }

  @Test
  void layersThatNoExampleMoves() {
    TestNetwork dead =
        new TestNetwork(
            network.layers(),
            new double[network.size()], // all activations are 0, so the last layer has none
            Activation.TANH,
            OutputLoss.HALF_SQUARED_ERROR,
            network.inputs());
    Preconditioner inverse = CurvaturePreconditioner.of(dead.fit(CurvatureStrategy.EKFAC), DAMPING);
    DampedSystem flat =
        DampedSystem.of(dead.operator(), dead.fit(CurvatureStrategy.EKFAC), Damping.absolute(1));
    for (IterativeSolver solver :
        List.of(
            ConjugateGradients.to(1e-6).withPreconditioner(inverse),
            Astra.iterations(5, inverse))) {
      assertThatThrownBy(() -> solver.solve(flat, vectors))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"fc1\": its fitted curvature is 0")
          .hasMessageContaining("right-hand side 0 is not");
    }
  }

  @Test
  void settingsThatAreNone() {
    assertThatThrownBy(() -> ConjugateGradients.to(0)).hasMessageContaining("must be positive");
    assertThatThrownBy(() -> Lissa.iterations(-1)).hasMessageContaining("0 or more, got -1");
    assertThatThrownBy(() -> Lissa.iterations(1).withScale(Double.NaN))
        .hasMessage("The scale must be positive and finite, got NaN.");
    assertThatThrownBy(() -> new StepLengths(0.1, 1, 0)).hasMessageContaining("got 0.1, 1.0 and");
    assertThatThrownBy(() -> new MiniBatches(-1, 0)).hasMessageContaining("got -1");
    assertThatThrownBy(() -> DampedSystem.of(diagonal(1, 1, 1, 1), -1))
        .hasMessage("λ must be finite and 0 or more, got -1.0.");
    assertThatThrownBy(() -> DampedSystem.of(diagonal(1, 1, 1, 1), 1).withExamplesAtOnce(0))
        .hasMessage("examplesAtOnce must be 1 or more, got 0");
  }
}
