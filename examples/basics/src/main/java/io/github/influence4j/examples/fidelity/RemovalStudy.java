/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.evaluation.Estimate;
import io.github.influence4j.evaluation.LeaveSomeOut;
import io.github.influence4j.evaluation.NegativeControls;
import io.github.influence4j.evaluation.QueryLossDifference;
import io.github.influence4j.evaluation.RetrainedMeasurements;
import io.github.influence4j.evaluation.RetrainingStudy;
import io.github.influence4j.evaluation.TrainingSubsets;
import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What happens without the strongest proponents, and whether scores have the right size. */
final class RemovalStudy {
  private static final double FRACTION = 0.05;
  private static final int RANDOM = 5;
  private static final long SEED = 11;

  private final Task task;
  private final double[] weights;
  private final int repeats;
  private final Path work;

  RemovalStudy(Task task, double[] weights, int repeats, Path work) {
    this.task = task;
    this.weights = weights;
    this.repeats = repeats;
    this.work = work;
  }

  Finding run() throws IOException {
    int samples = task.train().size();
    List<double[][]> ekfac =
        Attribution.allScores(
            task,
            weights,
            Damping.HEURISTIC,
            Damping.absolute(task.recipe().dampingOfTime(samples)));
    Map<String, double[][]> methods = new LinkedHashMap<>();
    methods.put("EK-FAC", ekfac.get(0));
    methods.put("EK-FAC, λ = decay + 1/time", ekfac.get(1));
    methods.put(
        "control: gradient norm",
        NegativeControls.gradientNorm(
            Attribution.gradientNorms(task, weights), task.queries().size()));
    TrainingSubsets random = QueryLossDifference.withoutRandom(samples, FRACTION, RANDOM, SEED);
    RetrainedMeasurements atRandom = train("without-random", random);
    RetrainedMeasurements whole = train("all", TrainingSubsets.all(samples));
    Table table =
        new Table("method", "rise of the query's loss", "slope of measured over foretold change");
    Map<String, Estimate> rises = new LinkedHashMap<>();
    for (Map.Entry<String, double[][]> method : methods.entrySet()) {
      double[][] scores = method.getValue();
      String folder = "without-top-" + rises.size();
      TrainingSubsets top = QueryLossDifference.withoutTop(FRACTION, scores);
      RetrainedMeasurements without = train(folder, top);
      Estimate rise = QueryLossDifference.of(without, atRandom);
      LeaveSomeOut sizes = LeaveSomeOut.of(top, without, whole, Numbers.dividedBy(samples, scores));
      rises.put(method.getKey(), rise);
      boolean control = method.getKey().startsWith("control");
      table.add(
          method.getKey(), Numbers.text(rise), control ? "no size" : Table.number(sizes.slope()));
    }
    return finding(table, List.copyOf(rises.values()));
  }

  private Finding finding(Table table, List<Estimate> rises) {
    Estimate overControl = rises.get(0).minus(rises.get(2));
    return new Finding(
        task.name() + "-removal",
        "Without the strongest proponents: " + task.name(),
        Numbers.format(
            "For each of %d queries the model is trained, from %d seeds, without the %.0f %% of the"
                + " samples that score highest, and compared with models trained without as many"
                + " at random (%d times). The rise is that of the mean loss, with a 95 %% interval."
                + " The slope says how the measured fall of log-likelihood compares with what"
                + " the scores, divided by the number of samples, foretell: below 1 they"
                + " overshoot.",
            task.queries().size(), repeats, FRACTION * 100, RANDOM),
        table,
        "",
        List.of(
            new Verdict(
                "queries lose more by EK-FAC's choice than by that of gradient norms, by a 95 %"
                    + " interval",
                "difference " + Numbers.text(overControl),
                Numbers.interval(overControl).low() > 0)));
  }

  private RetrainedMeasurements train(String folder, TrainingSubsets subsets) throws IOException {
    return RetrainingStudy.of(task.describe(), task.queries().size())
        .withRepeats(repeats)
        .withFolder(work.resolve(task.name() + "-" + folder))
        .run(subsets, task.retraining());
  }
}
