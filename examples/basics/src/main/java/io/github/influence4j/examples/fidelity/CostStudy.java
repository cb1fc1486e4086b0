/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import io.github.influence4j.solver.Astra;
import io.github.influence4j.solver.ConjugateGradients;
import io.github.influence4j.solver.CurvaturePreconditioner;
import io.github.influence4j.solver.DampedSystem;
import io.github.influence4j.solver.IterativeSolver;
import io.github.influence4j.solver.Lissa;
import io.github.influence4j.solver.MiniBatches;
import io.github.influence4j.solver.Preconditioner;
import io.github.influence4j.statistics.LinearCorrelation;
import java.util.ArrayList;
import java.util.List;

/** What more accurate inverse-Hessian-vector products cost and gain, on digits with λ = 0.01. */
final class CostStudy {
  private static final double LAMBDA = 0.01;
  private static final double TOLERANCE = 1e-6;
  private static final double ROUGH = 1e-2;
  private static final int LISSA_BATCH = 32;
  private static final int WARM_UPS = 5;
  private static final double NANOS = 1e9;

  private final Task task;
  private final double[] weights;
  private final Scale.Cost cost;
  private final double[][] gradients;
  private final DampedSystem system;
  private final List<Row> rows = new ArrayList<>();

  /**
   * A method.
   *
   * @param one seconds for one more query
   * @param all seconds for all queries, with what comes before
   * @param pearson of its scores with those of CG to 1e-6
   */
  private record Row(String name, double one, double all, double pearson) {}

  private CostStudy(Task task, double[] weights, Scale.Cost cost) {
    this.task = task;
    this.weights = weights;
    this.cost = cost;
    this.gradients = task.queryGradients(weights);
    this.system = DampedSystem.of(task.gaussNewton(weights), LAMBDA);
  }

  static Finding run(Task task, double[] weights, Scale.Cost cost) {
    Task part = task.withQueries(cost.queries()).withTrain(cost.samples());
    try (Influence influence = Attribution.engine(part, CurvatureStrategy.EKFAC)) {
      return new CostStudy(part, weights, cost).run(influence);
    }
  }

  private Finding run(Influence influence) {
    long start = System.nanoTime();
    FittedCurvature curvature = Attribution.fit(influence, task, weights);
    double fitting = seconds(start);
    Damping damping = Damping.absolute(LAMBDA);
    Preconditioner inverse = CurvaturePreconditioner.of(curvature, damping);
    double[] exact =
        flat(
            ConjugateGradients.to(TOLERANCE).solve(system, gradients).requireConverged().vectors());
    ekfac(influence, curvature, fitting, exact);
    solve(
        Numbers.format("ASTRA from EK-FAC, %d steps", cost.astra()),
        fitting,
        exact,
        Astra.iterations(cost.astra(), inverse));
    solve(
        "CG to 1e-2 with EK-FAC as preconditioner",
        fitting,
        exact,
        ConjugateGradients.to(ROUGH).withPreconditioner(inverse));
    solve("CG to 1e-2", 0, exact, ConjugateGradients.to(ROUGH));
    solve(
        Numbers.format("LiSSA, %d steps of %d samples", cost.lissa(), LISSA_BATCH),
        0,
        exact,
        Lissa.iterations(cost.lissa()).withBatches(new MiniBatches(LISSA_BATCH, 1)));
    return finding();
  }

  private double[] flat(double[][] preconditioned) {
    return Numbers.flat(task.scores(weights, preconditioned));
  }

  /** Queries against one training sample, so that the scan of the training set takes no time. */
  private void ekfac(
      Influence influence, FittedCurvature curvature, double fitting, double[] exact) {
    Damping damping = Damping.absolute(LAMBDA);
    Task one = task.withQueries(1).withTrain(1);
    for (int i = 0; i < WARM_UPS; i++) {
      Attribution.scores(influence, one, weights, curvature, damping);
    }
    long start = System.nanoTime();
    Attribution.scores(influence, one, weights, curvature, damping);
    double more = seconds(start);
    start = System.nanoTime();
    Attribution.scores(influence, task.withTrain(1), weights, curvature, damping);
    double all = fitting + seconds(start);
    double[] scores =
        Numbers.flat(Attribution.scores(influence, task, weights, curvature, damping).get(0));
    rows.add(new Row("EK-FAC", more, all, LinearCorrelation.of(scores, exact)));
  }

  /** For one query, which also warms up, then for all if there are more. */
  private void solve(String name, double before, double[] exact, IterativeSolver solver) {
    long start = System.nanoTime();
    double[][] solved = solver.solve(system, new double[][] {gradients[0]}).vectors();
    double more = seconds(start);
    double total = before + more;
    if (gradients.length > 1) {
      start = System.nanoTime();
      solved = solver.solve(system, gradients).vectors();
      total = before + seconds(start);
    }
    rows.add(new Row(name, more, total, LinearCorrelation.of(flat(solved), exact)));
  }

  private Finding finding() {
    int queries = gradients.length;
    Table table =
        new Table(
            "method",
            "one more query, s",
            queries + " queries with fitting, s",
            "Pearson with CG to 1e-6");
    LineChart chart =
        new LineChart(
            "What " + queries + " queries cost: " + task.name(),
            Axis.decades("seconds, with fitting", lowest(), highest()),
            Axis.linear("Pearson with CG to 1e-6", 0, 1));
    for (Row row : rows) {
      table.add(
          row.name, Numbers.format("%.4f", row.one), Numbers.format("%.2f", row.all), row.pearson);
      chart.points(row.name, new double[] {row.all}, new double[] {row.pearson});
    }
    return new Finding(
        task.name() + "-cost",
        "What accuracy costs: " + task.name(),
        Numbers.format(
            "Inverse-Hessian-vector products of %d queries with λ = %s, in one run on one machine"
                + " (%d processors, %d training samples): seconds of wall-clock time, to be compared"
                + " with each other only. Solvers share each pass of the model over all queries and"
                + " are plain Java on one thread; EK-FAC runs on the library's backend.",
            queries, LAMBDA, Runtime.getRuntime().availableProcessors(), task.train().size()),
        table,
        chart.svg(),
        verdicts());
  }

  private double lowest() {
    return rows.stream().mapToDouble(Row::all).min().orElseThrow();
  }

  private double highest() {
    return rows.stream().mapToDouble(Row::all).max().orElseThrow();
  }

  private List<Verdict> verdicts() {
    Row ekfac = rows.get(0);
    Row refined = rows.get(2);
    Row conjugate = rows.get(3);
    Row lissa = rows.get(4);
    return List.of(
        atLeast("one more query, LiSSA / EK-FAC", 1000, lissa.one / ekfac.one),
        atLeast("one more query, CG to 1e-2 / EK-FAC", 200, conjugate.one / ekfac.one),
        atLeast("all queries with fitting, LiSSA / EK-FAC", 10, lissa.all / ekfac.all),
        new Verdict(
            refined.name + " with CG to 1e-6: Pearson at least 0.99",
            Table.number(refined.pearson) + ", EK-FAC " + Table.number(ekfac.pearson),
            refined.pearson >= 0.99));
  }

  private static Verdict atLeast(String what, double times, double measured) {
    return new Verdict(
        Numbers.format("%s: %.0f times", what, times),
        Numbers.format("%.0f", measured),
        measured >= times);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / NANOS;
  }
}
