/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.testing.Matrix;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Properties P6 and P14 of the method. */
final class ExactnessTest extends SolverTest {
  private static final Damping ABSOLUTE = Damping.absolute(0.3);
  private static final List<CurvatureStrategy> FACTORED =
      List.of(CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC);

  /**
   * P6: of deep linear networks with squared errors every K-FAC block is the Gauss-Newton block.
   */
  @Test
  void ofDeepLinearNetworks() {
    TestNetwork linear =
        TestNetwork.random(random, Activation.IDENTITY, OutputLoss.SQUARED_ERROR, 9, 4, 3, 5, 2);
    FACTORED.forEach(strategy -> requireExactBlocks(linear, strategy));
  }

  /** P6: of one example and one output every K-FAC block is the Gauss-Newton block. */
  @Test
  void ofOneExample() {
    TestNetwork one =
        TestNetwork.random(random, Activation.TANH, OutputLoss.HALF_SQUARED_ERROR, 1, 4, 3, 5, 1);
    FACTORED.forEach(strategy -> requireExactBlocks(one, strategy));
  }

  private void requireExactBlocks(TestNetwork exact, CurvatureStrategy strategy) {
    FittedCurvature fitted = exact.fit(strategy);
    ParameterLayout layout = ParameterLayout.of(exact.layers());
    double[][] v = exact.vectors(random, 1);
    double[] inverse = CurvaturePreconditioner.of(fitted, ABSOLUTE).apply(v)[0];
    Matrix dense = exact.gaussNewton();
    for (int l = 0; l < exact.layers().size(); l++) {
      int first = layout.offset(l);
      int size = layout.offset(l + 1) - first;
      Matrix block = Matrix.identity(size).times(ABSOLUTE.value());
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          block.set(i, j, block.get(i, j) + dense.get(first + i, first + j));
        }
      }
      Matrix expected = block.solve(Matrix.column(layout.part(l, v[0])));
      assertThat(distance(layout.part(l, inverse), expected.values())).isLessThan(1e-10);
    }
  }

  /** P14: one step of ASTRA from 0 with α = 1 is EK-FAC. */
  @Test
  void oneStepOfAstraIsEkfac() {
    Astra astra =
        Astra.iterations(1, ekfac)
            .withStartFromZero(true)
            .withLengths(new StepLengths(1.0, 0.9, 0))
            .withBatches(new MiniBatches(5, 1));
    Solution step = astra.solve(system, vectors);
    Solution start = Astra.iterations(0, ekfac).solve(system, vectors);
    ParameterLayout layout = system.layout();
    for (int r = 0; r < vectors.length; r++) {
      assertThat(distance(step.vectors()[r], start.vectors()[r])).isLessThan(1e-15);
      for (int l = 0; l < layout.layers().size(); l++) {
        String name = layout.layers().get(l).name();
        double[] ekfacs = curvature.inverseVectorProduct(name, layout.part(l, vectors[r]), DAMPING);
        assertThat(distance(layout.part(l, step.vectors()[r]), ekfacs)).isLessThan(1e-12);
      }
    }
  }

  /** P14: residuals fall at every step, in the norm in which a solver's theory says so. */
  @Test
  void residualsFall() {
    StepLengths still = new StepLengths(null, 0, 0);
    ToDoubleFunction<double[][]> preconditioned = r -> Vectors.dot(r[0], ekfac.apply(r)[0]);
    requireFall(Astra.iterations(40, ekfac).withLengths(still), preconditioned);
    requireFall(Lissa.iterations(40), r -> Vectors.norm(r[0]));
    // Of conjugate gradients it is the error in the norm of the system that falls.
    DenseCholesky exact = DenseCholesky.of(system);
    ToDoubleFunction<double[][]> energy = r -> Vectors.dot(r[0], exact.solve(r).vectors()[0]);
    requireFall(ConjugateGradients.to(1e-9).withIterations(12), energy);
    requireFall(ConjugateGradients.to(1e-9).withIterations(12).withPreconditioner(ekfac), energy);
  }

  private void requireFall(IterativeSolver solver, ToDoubleFunction<double[][]> norm) {
    for (double[] vector : vectors) {
      SolverRun run = solver.start(system, new double[][] {vector});
      double last = Double.POSITIVE_INFINITY;
      boolean more = true;
      while (more) {
        double[][] residual = system.multiply(run.solution().vectors());
        Vectors.scaleAndAdd(-1, residual[0], vector);
        double now = norm.applyAsDouble(residual);
        assertThat(now).isLessThan(last);
        last = now;
        more = !run.step();
      }
      assertThat(run.steps()).isGreaterThan(9);
    }
  }
}
