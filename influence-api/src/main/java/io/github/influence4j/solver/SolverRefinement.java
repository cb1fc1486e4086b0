/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.InverseFilter;
import io.github.influence4j.scoring.QueryRefinement;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Queries preconditioned by a solver, for {@link
 * io.github.influence4j.scoring.ScoreOptions#withRefinement}: retrieve with EK-FAC, refine the
 * best.
 *
 * <pre>{@code
 * SolverRefinement refined =
 *     SolverRefinement.of(model, ekfac -> ConjugateGradients.to(1e-3).withPreconditioner(ekfac));
 * influence.score(curvature, queries, train, ScoreOptions.topK(100).withRefinement(refined));
 * }</pre>
 *
 * <p>Where no training example has a gradient in a layer, a query has none there either.
 */
public final class SolverRefinement implements QueryRefinement {
  private final GaussNewtonOperator operator;
  private final Function<Preconditioner, IterativeSolver> solver;
  private final UnaryOperator<DampedSystem> settings;
  private final Consumer<Solution> listener;

  private SolverRefinement(
      GaussNewtonOperator operator,
      Function<Preconditioner, IterativeSolver> solver,
      UnaryOperator<DampedSystem> settings,
      Consumer<Solution> listener) {
    this.operator = operator;
    this.solver = solver;
    this.settings = settings;
    this.listener = listener;
  }

  /**
   * Solves with the damping of the scores.
   *
   * @param operator the model's products, of the layers of the curvature
   * @param solver from the damped curvature as a preconditioner, which it need not use
   * @return the refinement
   */
  public static SolverRefinement of(
      GaussNewtonOperator operator, Function<Preconditioner, IterativeSolver> solver) {
    return new SolverRefinement(operator, solver, system -> system, solution -> {});
  }

  /**
   * Changes how products are taken.
   *
   * @param change such as {@code system -> system.withExamplesAtOnce(8).cancelWhen(stop)}
   * @return a copy
   */
  public SolverRefinement withSystem(UnaryOperator<DampedSystem> change) {
    return new SolverRefinement(operator, solver, change, listener);
  }

  /**
   * Tells of residuals.
   *
   * @param told what was solved for each damping, before scores are computed; may throw to end the
   *     run, as {@link Solution#requireConverged} does
   * @return a copy
   */
  public SolverRefinement withListener(Consumer<Solution> told) {
    return new SolverRefinement(operator, solver, settings, told);
  }

  @Override
  public double[][] refine(FittedCurvature curvature, Damping damping, double[][] gradients) {
    FittedCurvature plain = curvature.withFilter(InverseFilter.TIKHONOV);
    DampedSystem system = settings.apply(DampedSystem.of(operator, plain, damping));
    double[][] used = withoutDeadLayers(plain, system.layout(), gradients);
    Preconditioner preconditioner = CurvaturePreconditioner.of(plain, damping);
    Solution solution = solver.apply(preconditioner).solve(system, used);
    listener.accept(solution);
    return solution.vectors();
  }

  private static double[][] withoutDeadLayers(
      FittedCurvature curvature, ParameterLayout layout, double[][] gradients) {
    double[][] used = Vectors.copy(gradients);
    List<String> names = layout.layers().stream().map(layer -> layer.name()).toList();
    for (int l = 0; l < names.size(); l++) {
      if (Arrays.stream(curvature.eigenvalues(names.get(l))).allMatch(value -> value == 0)) {
        for (double[] vector : used) {
          Arrays.fill(vector, layout.offset(l), layout.offset(l + 1), 0);
        }
      }
    }
    return used;
  }
}
