/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.CurvatureStrategy.Kind;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.evaluation.Estimate;
import io.github.influence4j.evaluation.LinearDatamodelingScore;
import io.github.influence4j.evaluation.NegativeControls;
import io.github.influence4j.evaluation.RetrainedMeasurements;
import io.github.influence4j.evaluation.TrainingSubsets;
import io.github.influence4j.examples.document.Axis;
import io.github.influence4j.examples.document.LineChart;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The linear datamodelling score of each method, for one task. */
final class DatamodelStudy {
  private static final long CONTROL = 3;

  /** Of the curve: λ from far too small to far too large. */
  private static final double[] SWEEP = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1};

  private final Task task;
  private final List<double[]> models;
  private final TrainingSubsets subsets;
  private final RetrainedMeasurements truth;
  private final Map<String, Row> rows = new LinkedHashMap<>();

  /** One method: the mean over single models, and the sum of the scores of all. */
  private record Row(Estimate single, Estimate ensemble) {}

  /**
   * What must hold.
   *
   * @param single EK-FAC's score with a damping of 0.1 times the mean eigenvalue
   * @param ensemble of the sum over models
   */
  record Floors(double single, double ensemble) {}

  DatamodelStudy(
      Task task, List<double[]> models, TrainingSubsets subsets, RetrainedMeasurements truth) {
    this.task = task;
    this.models = models;
    this.subsets = subsets;
    this.truth = truth;
  }

  Finding run(Floors floors) {
    for (Method method : Method.values()) {
      add(method.text, models.stream().map(model -> scores(method, model)).toList());
    }
    controls();
    Table table =
        new Table(
            "method", "one model (mean of " + models.size() + ")", "ensemble of " + models.size());
    rows.forEach(
        (name, row) -> table.add(name, Numbers.text(row.single), Numbers.text(row.ensemble)));
    return new Finding(
        task.name() + "-datamodels",
        "Linear datamodelling score: " + task.name(),
        method(),
        table,
        sweep(),
        verdicts(floors));
  }

  private String method() {
    OptionalDouble ceiling = LinearDatamodelingScore.ceiling(truth);
    return Numbers.format(
        "%d random halves of %d training samples, each trained on from %d seeds; %d queries."
            + " Spearman's correlation, over halves, of summed scores with the query's mean"
            + " log-likelihood (minus its loss), averaged over queries; in brackets a 95 %% interval"
            + " of a bootstrap over queries and halves. A perfect method would reach %s. Training:"
            + " %d epochs of SGD in batches of %d, rate %s falling to 0, momentum %s, decay %s; its"
            + " time is Σ rate/(1−momentum), decay + 1/time = %.4f. Other rows have a damping of 0.1"
            + " times the mean eigenvalue of each layer.",
        subsets.count(),
        subsets.examples(),
        truth.repeats(),
        truth.queries(),
        ceiling.isPresent() ? Table.number(ceiling.getAsDouble()) : "an unknown score (one seed)",
        task.recipe().epochs(),
        task.recipe().batch(),
        task.recipe().rate(),
        task.recipe().momentum(),
        task.recipe().decay(),
        damping(Method.EKFAC_TIME).value());
  }

  /** What is compared. */
  private enum Method {
    IDENTITY("gradient dot product", Kind.IDENTITY),
    DIAGONAL("diagonal", Kind.DIAGONAL),
    KFAC("K-FAC", Kind.KFAC),
    EKFAC("EK-FAC", Kind.EKFAC),
    EKFAC_DECAY("EK-FAC, λ = decay", Kind.EKFAC),
    EKFAC_TIME("EK-FAC, λ = decay + 1/time", Kind.EKFAC);

    private final String text;
    private final Kind kind;

    Method(String text, Kind kind) {
      this.text = text;
      this.kind = kind;
    }
  }

  private double[][] scores(Method method, double[] weights) {
    CurvatureStrategy strategy = new CurvatureStrategy(method.kind, 1);
    return Attribution.scores(task, weights, strategy, damping(method));
  }

  private Damping damping(Method method) {
    return switch (method) {
      case EKFAC_DECAY -> Damping.absolute(task.recipe().decay());
      case EKFAC_TIME -> Damping.absolute(task.recipe().dampingOfTime(subsets.examples()));
      default -> Damping.HEURISTIC;
    };
  }

  private void controls() {
    List<double[][]> norms = new ArrayList<>();
    List<double[][]> shuffled = new ArrayList<>();
    List<double[][]> untrained = new ArrayList<>();
    Task wrong = task.withShuffledTargets();
    for (int i = 0; i < models.size(); i++) {
      double[] weights = models.get(i);
      norms.add(
          NegativeControls.gradientNorm(Attribution.gradientNorms(task, weights), truth.queries()));
      shuffled.add(heuristic(wrong, weights));
      untrained.add(heuristic(task, task.model().initial(CONTROL + i)));
    }
    add("control: gradient norm", norms);
    add("control: shuffled labels", shuffled);
    add("control: untrained model", untrained);
  }

  private static double[][] heuristic(Task task, double[] weights) {
    return Attribution.scores(task, weights, CurvatureStrategy.EKFAC, Damping.HEURISTIC);
  }

  private void add(String name, List<double[][]> scores) {
    double[][] sum = new double[truth.queries()][subsets.examples()];
    List<Estimate> singles = new ArrayList<>();
    for (double[][] one : scores) {
      singles.add(LinearDatamodelingScore.of(subsets, truth, one));
      for (int q = 0; q < sum.length; q++) {
        double[] row = one[q];
        double[] into = sum[q];
        Arrays.setAll(into, i -> into[i] + row[i]);
      }
    }
    rows.put(
        name, new Row(Estimate.mean(singles), LinearDatamodelingScore.of(subsets, truth, sum)));
  }

  private Row row(Method method) {
    Row row = rows.get(method.text);
    if (row == null) {
      throw new IllegalStateException(method + " was not measured");
    }
    return row;
  }

  private List<Verdict> verdicts(Floors floors) {
    Row ekfac = row(Method.EKFAC);
    Estimate diagonal = row(Method.DIAGONAL).single;
    Estimate gain = row(Method.EKFAC_DECAY).single.minus(ekfac.single);
    Estimate overDiagonal = ekfac.single.minus(diagonal);
    Estimate overIdentity = diagonal.minus(row(Method.IDENTITY).single);
    return List.of(
        floor("EK-FAC, one model", floors.single, ekfac.single),
        floor("EK-FAC, ensemble of " + models.size(), floors.ensemble, ekfac.ensemble),
        new Verdict(
            "EK-FAC is not worse than diagonal, diagonal not worse than the gradient dot product",
            "differences " + Numbers.text(overDiagonal) + " and " + Numbers.text(overIdentity),
            overDiagonal.value() >= 0 && overIdentity.value() >= 0),
        new Verdict(
            "the decay of weights as damping, which takes no retraining to know, beats 0.1 times the mean"
                + " eigenvalue by a 95 % interval",
            "difference " + Numbers.text(gain), Numbers.interval(gain).low() > 0));
  }

  private static Verdict floor(String what, double floor, Estimate measured) {
    return new Verdict(
        Numbers.format("%s: at least %.2f", what, floor),
        Numbers.text(measured),
        measured.value() >= floor);
  }

  /** EK-FAC's score of the first model by damping. */
  private String sweep() {
    double[] weights = models.get(0);
    Damping[] dampings = Arrays.stream(SWEEP).mapToObj(Damping::absolute).toArray(Damping[]::new);
    double[] curve =
        Attribution.allScores(task, weights, dampings).stream().mapToDouble(this::mean).toArray();
    double decay = damping(Method.EKFAC_DECAY).value();
    double time = damping(Method.EKFAC_TIME).value();
    return new LineChart(
            "EK-FAC by damping: " + task.name(),
            Axis.decades("λ", SWEEP[0], SWEEP[SWEEP.length - 1]),
            Axis.linear("linear datamodelling score", 0, 1))
        .curve("one model", SWEEP, curve)
        .points(
            "decay", new double[] {decay}, new double[] {mean(scores(Method.EKFAC_DECAY, weights))})
        .points(
            "decay + 1/time",
            new double[] {time},
            new double[] {mean(scores(Method.EKFAC_TIME, weights))})
        .svg();
  }

  private double mean(double[][] scores) {
    return Arrays.stream(LinearDatamodelingScore.perQuery(subsets, truth, scores))
        .average()
        .orElse(Double.NaN);
  }
}
