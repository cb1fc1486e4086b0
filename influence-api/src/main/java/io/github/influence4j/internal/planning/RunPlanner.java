/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.planning.RunPlan;
import io.github.influence4j.planning.StagePlan;
import io.github.influence4j.planning.Workload;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Adds up what the plans of the single stages say. */
public final class RunPlanner {
  private final FitPlan fit;
  private final Workload work;
  private final ScoreOptions options;
  private final List<LayerCost> costs;
  private final ScoringMemory memory;
  private final int elementBytes;
  private final ScorePlan scores;

  /**
   * A planner.
   *
   * @param fit of the layers
   * @param work how much there is to do
   * @param options of the scores
   */
  public RunPlanner(FitPlan fit, Workload work, ScoreOptions options) {
    this.fit = fit;
    this.work = work;
    this.options = options;
    costs = fit.layers().stream().map(layer -> LayerCost.of(layer, fit.strategy())).toList();
    memory = new ScoringMemory(fit.backend(), fit.maxMemory());
    elementBytes = fit.backend().description().precision().type().bytes();
    Map<String, Integer> ranks = ScoringMemory.ranks(costs, options.lowRank());
    scores = memory.plan(costs, ranks, options.lowRank(), dampings());
  }

  private int dampings() {
    return options.dampings().size();
  }

  /**
   * The plan.
   *
   * @return of all stages
   */
  public RunPlan plan() {
    CurvatureStrategy strategy = fit.strategy();
    List<StagePlan> stages = new ArrayList<>();
    if (strategy.factored() || strategy.corrected()) {
      addFit(stages);
    }
    List<List<Integer>> self = memory.selfBlocks(costs, dampings());
    int passes = scores.passes(work.queries());
    int atOnce = Math.min(work.queries(), scores.queriesPerPass());
    stages.add(new StagePlan(Stage.PRECONDITION, passes, scoreBytes(1), preconditioning()));
    stages.add(new StagePlan(Stage.SCORE, passes, scoreBytes(atOnce), scoring()));
    stages.add(new StagePlan(Stage.SELF_INFLUENCE, self.size(), selfBytes(self), squares()));
    long sides = strategy.factored() ? squaresOfSides() : 0;
    return new RunPlan(
        fit.maxMemory(),
        sides * Double.BYTES,
        sides * elementBytes,
        strategy.corrected() ? elements() * Double.BYTES : 0,
        atOnce,
        atOnce * queryBytes(scores.layerBlocks().get(0)),
        stages);
  }

  private void addFit(List<StagePlan> stages) {
    List<List<List<LayerSpec>>> blocks = fit.blocks(fit.families(), Map.of());
    int passes = blocks.size();
    long bytes = blocks.stream().mapToLong(fit::bytes).max().orElse(0);
    double covariances = 0;
    double decompositions = 0;
    double squared = 0;
    for (int i = 0; i < costs.size(); i++) {
      CostModel all = costs.get(i).model();
      boolean own = fit.layers().get(i).inputOf() == null;
      CostModel sides = own ? all : new CostModel(0, all.outputs(), all.blocks());
      int groups = costs.get(i).groups();
      covariances += groups * sides.covariance(work.rows());
      decompositions += groups * sides.eigendecomposition();
      squared += groups * rotated(all);
    }
    if (fit.strategy().factored()) {
      double operations = work.fitExamples() * covariances;
      stages.add(new StagePlan(Stage.COVARIANCE, passes, bytes, operations));
      stages.add(new StagePlan(Stage.EIGENDECOMPOSITION, 0, bytes, decompositions));
    }
    if (fit.strategy().corrected()) {
      double operations = work.fitExamples() * squared;
      stages.add(new StagePlan(Stage.EIGENVALUES, passes, bytes, operations));
    }
  }

  /** One gradient in the eigenbasis, which without factors is its own. */
  private double rotated(CostModel model) {
    if (!fit.strategy().factored()) {
      return model.scoreByGradient(work.rows(), 1);
    }
    return Math.min(model.rotateRows(work.rows()), model.rotateGradient(work.rows()));
  }

  private double preconditioning() {
    double operations = 0;
    for (LayerCost layer : costs) {
      int rank = scores.rank(layer);
      CostModel model = layer.model();
      double own = rank == 0 ? model.precondition() : model.preconditionLowRank(rank);
      operations += layer.groups() * (rotated(model) + dampings() * own);
    }
    return work.queries() * operations;
  }

  private double scoring() {
    double operations = 0;
    double served = (double) work.queries() * dampings();
    for (LayerCost layer : costs) {
      int rank = scores.rank(layer);
      CostModel model = layer.model();
      double byRows =
          rank == 0
              ? model.scoreByRows(work.rows(), served)
              : model.scoreByLowRank(work.rows(), served, rank);
      double each = Math.min(byRows, model.scoreByGradient(work.rows(), served));
      operations += layer.groups() * each;
    }
    return work.trainExamples() * operations;
  }

  private double squares() {
    double operations = 0;
    for (LayerCost layer : costs) {
      operations += layer.groups() * rotated(layer.model());
    }
    return work.trainExamples() * operations;
  }

  /** With so many queries at a time, the most of all blocks of layers. */
  private long scoreBytes(int queries) {
    long most = 0;
    for (List<Integer> block : scores.layerBlocks()) {
      long loaded = loadedBytes(block);
      long largest = block.stream().mapToLong(i -> queryBytes(List.of(i))).max().orElse(0);
      most = Math.max(most, loaded + queries * (queryBytes(block) + largest));
    }
    return most + memory.workBytes(costs, scores.ranks(), options.lowRank());
  }

  private long selfBytes(List<List<Integer>> blocks) {
    long most = 0;
    for (List<Integer> block : blocks) {
      long once =
          block.stream()
              .mapToLong(i -> dampings() * costs.get(i).queryBytes(0, elementBytes))
              .max()
              .orElse(0);
      most = Math.max(most, loadedBytes(block) + once);
    }
    return most + memory.workBytes(costs, Map.of(), null);
  }

  private long loadedBytes(List<Integer> block) {
    return block.stream().mapToLong(i -> costs.get(i).loadedBytes(dampings(), elementBytes)).sum();
  }

  private long queryBytes(List<Integer> block) {
    return block.stream()
        .map(costs::get)
        .mapToLong(layer -> dampings() * layer.queryBytes(scores.rank(layer), elementBytes))
        .sum();
  }

  /** Elements of all covariances, those of shared inputs once. */
  private long squaresOfSides() {
    long sum = 0;
    for (LayerSpec layer : fit.layers()) {
      long inputs = layer.inputOf() == null ? squares(layer.gradientColumns()) : 0;
      sum += layer.groups() * (inputs + squares(layer.outputs() / layer.groups()));
    }
    return sum;
  }

  private long squares(int features) {
    int[] offsets = fit.strategy().blockOffsets(features);
    long sum = 0;
    for (int b = 0; b + 1 < offsets.length; b++) {
      long side = (long) offsets[b + 1] - offsets[b];
      sum += side * side;
    }
    return sum;
  }

  private long elements() {
    return fit.layers().stream()
        .mapToLong(layer -> (long) layer.outputs() * layer.gradientColumns())
        .sum();
  }
}
