/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.evaluation.ProximalBregmanResponse;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.solver.Astra;
import io.github.influence4j.solver.CurvaturePreconditioner;
import io.github.influence4j.solver.DampedSystem;
import io.github.influence4j.solver.DenseCholesky;
import io.github.influence4j.statistics.LinearCorrelation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Scores beside the proximal Bregman response and the exact solution, on diabetes. */
final class ProximalStudy {
  private static final double STRONG = 0.1;
  private static final double WEAK = 0.01;
  private static final long REFINEMENTS = 200;

  private final Task task;
  private final double[] weights;
  private final int[] samples;
  private final FittedCurvature curvature;
  private final Table table =
      new Table("λ", "method", "Pearson with the response", "Pearson with the exact solution");
  private final List<Verdict> verdicts = new ArrayList<>();

  private ProximalStudy(Task task, double[] weights, int[] samples, FittedCurvature curvature) {
    this.task = task;
    this.weights = weights;
    this.samples = samples;
    this.curvature = curvature;
  }

  static Finding run(Task task, double[] weights, int responses) {
    int[] samples = new int[responses];
    int all = task.train().size();
    Arrays.setAll(samples, i -> (int) ((long) i * all / responses));
    try (Influence influence = Attribution.engine(task, CurvatureStrategy.EKFAC)) {
      ProximalStudy study =
          new ProximalStudy(task, weights, samples, Attribution.fit(influence, task, weights));
      study.measure(influence, STRONG);
      study.measure(influence, WEAK);
      return study.finding();
    }
  }

  private Finding finding() {
    return new Finding(
        task.name() + "-response",
        "Proximal Bregman response: " + task.name(),
        Numbers.format(
            "What influence functions approximate, computed without approximation: the model is"
                + " trained on from where it is, with a little more and a little less of one sample,"
                + " near its old predictions and weights. %d training samples by %d queries,"
                + " correlated over all pairs. Exact: the damped Gauss-Newton Hessian by Cholesky."
                + " Refined: EK-FAC's solutions after %d ASTRA steps over all samples.",
            samples.length, task.queries().size(), REFINEMENTS),
        table,
        "",
        verdicts);
  }

  private void measure(Influence influence, double lambda) {
    double[] response =
        Numbers.flat(
            ProximalBregmanResponse.of(new TaskProximal(task, weights), lambda).responses(samples));
    DampedSystem system = DampedSystem.of(task.gaussNewton(weights), lambda);
    double[][] gradients = task.queryGradients(weights);
    Damping damping = Damping.absolute(lambda);
    double[][] exact = task.scores(weights, DenseCholesky.of(system).solve(gradients).vectors());
    double[][] refined =
        task.scores(
            weights,
            Astra.iterations(REFINEMENTS, CurvaturePreconditioner.of(curvature, damping))
                .solve(system, gradients)
                .vectors());
    double[][] ekfac = Attribution.scores(influence, task, weights, curvature, damping).get(0);
    double ofExact = add(lambda, "exact", exact, exact, response);
    double ofRefined = add(lambda, "EK-FAC, refined", refined, exact, response);
    double ofEkfac = add(lambda, "EK-FAC", ekfac, exact, response);
    double refinedToExact = LinearCorrelation.of(Numbers.flat(refined), Numbers.flat(exact));
    if (lambda == STRONG) {
      floor("λ = 0.1: exact with the response", 0.99, ofExact);
      floor("λ = 0.1: EK-FAC with the response", 0.9, ofEkfac);
    } else {
      floor("λ = 0.01: refined with the exact solution", 0.99, refinedToExact);
      verdicts.add(
          new Verdict(
              "λ = 0.01: refinement brings EK-FAC nearer to the response",
              Numbers.format("%.3f, %.3f before", ofRefined, ofEkfac),
              ofRefined > ofEkfac));
    }
  }

  private double add(
      double lambda, String method, double[][] scores, double[][] exact, double[] response) {
    double[][] some =
        Arrays.stream(scores)
            .map(row -> Arrays.stream(samples).mapToDouble(m -> row[m]).toArray())
            .toArray(double[][]::new);
    double withResponse = LinearCorrelation.of(Numbers.flat(some), response);
    table.add(
        lambda == STRONG ? "0.1" : "0.01",
        method,
        withResponse,
        LinearCorrelation.of(Numbers.flat(scores), Numbers.flat(exact)));
    return withResponse;
  }

  private void floor(String what, double floor, double measured) {
    verdicts.add(
        new Verdict(
            Numbers.format("%s: Pearson at least %.2f", what, floor),
            Table.number(measured),
            measured >= floor));
  }
}
