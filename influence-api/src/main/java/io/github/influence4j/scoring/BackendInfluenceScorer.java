/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.planning.Blocks;
import io.github.influence4j.planning.LayerCost;
import io.github.influence4j.planning.ScorePlan;
import io.github.influence4j.progress.RunControl;
import io.github.influence4j.spi.ComputeBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Scores on a backend. */
public final class BackendInfluenceScorer implements InfluenceScorer {
  private final ComputeBackend backend;
  private final FittedCurvature curvature;
  private final long maxMemory;
  private final RunControl control;

  /**
   * A scorer.
   *
   * @param backend does the arithmetic; borrowed
   * @param curvature the fitted Hessian approximation
   * @param maxMemory bytes that the backend may hold at a time
   * @param control watches and stops
   */
  public BackendInfluenceScorer(
      ComputeBackend backend, FittedCurvature curvature, long maxMemory, RunControl control) {
    this.backend = backend;
    this.curvature = curvature;
    this.maxMemory = maxMemory;
    this.control = control;
  }

  @Override
  public InfluenceScores score(GradientSource queries, GradientSource train, ScoreOptions options) {
    return new ScoreRun(queries, train, options).run();
  }

  @Override
  public SelfInfluence selfInfluence(GradientSource train, ScoreOptions options) {
    ScoreOptions allowed =
        ScoreOptions.pairwise()
            .withDampings(options.dampings().toArray(new Damping[0]))
            .withNormalization(options.normalization())
            .withPerLayer(options.perLayer());
    if (!options.equals(allowed)) {
      throw new IllegalArgumentException(
          "Self-influence takes dampings, normalization and perLayer only; SelfInfluence.top(k)"
              + " gives the highest.");
    }
    List<LayerSpec> layers = curvature.layers();
    SelfScan scan = new SelfScan(backend, options, control);
    for (List<Integer> block : selfBlocks(options.dampings().size())) {
      List<LayerSpec> some = block.stream().map(layers::get).toList();
      try (LoadedCurvature loaded =
          new LoadedCurvature(backend, curvature, some, options.dampings())) {
        scan.begin(loaded, new BatchReader(layers, some, backend));
        train.replay(scan);
        scan.end();
      }
    }
    return scan.finish();
  }

  /** The weights of several dampings are copied side by side, one layer's at a time. */
  private List<List<Integer>> selfBlocks(int dampings) {
    List<LayerCost> costs = costs();
    int elementBytes = elementBytes();
    long[] each = costs.stream().mapToLong(l -> l.loadedBytes(dampings, elementBytes)).toArray();
    long[] once = costs.stream().mapToLong(l -> dampings * l.queryBytes(0, elementBytes)).toArray();
    long free = maxMemory - work(costs, null);
    for (int i = 0; i < each.length; i++) {
      if (each[i] + once[i] > free) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Layer \"%s\": self-influence with %d damping(s) needs %d bytes, more than"
                    + " maxMemory=%d allows; raise maxMemory, or ask for fewer dampings at once.",
                costs.get(i).layer(),
                dampings,
                maxMemory - free + each[i] + once[i],
                maxMemory));
      }
    }
    return Blocks.of(each, once, free);
  }

  private List<LayerCost> costs() {
    return curvature.layers().stream().map(l -> LoadedCurvature.cost(curvature, l)).toList();
  }

  private int elementBytes() {
    return backend.description().precision().type().bytes();
  }

  private long work(List<LayerCost> costs, @Nullable LowRank lowRank) {
    return costs.stream()
        .map(LayerCost::model)
        .mapToLong(
            model ->
                backend.workBytes(
                    model.inputs(),
                    model.outputs(),
                    lowRank != null && model.truncates(lowRank.rank())
                        ? lowRank.truncation()
                        : null))
        .max()
        .orElse(0);
  }

  /** One call of {@link #score}. */
  private final class ScoreRun {
    private final GradientSource queries;
    private final GradientSource train;
    private final ScoreOptions options;
    private final List<List<QueryResult>> results = new ArrayList<>();
    private int totalQueries;
    private int trainingPasses;
    private int examples;

    ScoreRun(GradientSource queries, GradientSource train, ScoreOptions options) {
      this.queries = queries;
      this.train = train;
      this.options = options;
      options.dampings().forEach(damping -> results.add(new ArrayList<>()));
    }

    private ScorePlan plan(@Nullable LowRank lowRank) {
      List<LayerCost> costs = costs();
      return ScorePlan.of(
          costs,
          lowRank == null ? 0 : lowRank.rank(),
          options.dampings().size(),
          elementBytes(),
          maxMemory,
          work(costs, lowRank));
    }

    InfluenceScores run() {
      LowRank lowRank = options.lowRank();
      ScorePlan plan = plan(lowRank);
      int first = 0;
      do {
        scan(plan, first);
        first += plan.queriesPerPass();
      } while (first < totalQueries);
      boolean secondLook =
          options.perQueryRow() || (options.topK() > 0 && (lowRank != null || options.perRow()));
      if (secondLook) {
        lookAgain();
      }
      double factor = options.normalization() == Normalization.PER_EXAMPLE ? 1.0 / examples : 1;
      TrainingGroups groups = options.groups();
      int targets = groups == null ? examples : groups.count();
      List<String> names = curvature.layers().stream().map(LayerSpec::name).toList();
      results.forEach(
          ofDamping -> ofDamping.forEach(result -> result.finish(factor, targets, names)));
      return new InfluenceScores(
          new ScoreTable(
              options.dampings(),
              results,
              names,
              targets,
              trainingPasses,
              plan.explain(totalQueries)),
          0);
    }

    /** All layers of the queries from {@code first} on that fit. */
    private void scan(ScorePlan plan, int first) {
      List<List<QueryResult>> block = new ArrayList<>();
      for (List<Integer> layerBlock : plan.layerBlocks()) {
        boolean complete = plan.layerBlocks().size() == 1;
        try (PreparedQueries prepared =
            prepare(plan, layerBlock, first, plan.queriesPerPass(), options.lowRank())) {
          if (block.isEmpty()) {
            block.addAll(newResults(prepared.count()));
          }
          residuals(block, prepared, layerBlock);
          scanTraining(prepared, block, layerBlock, complete);
        }
      }
      for (int d = 0; d < block.size(); d++) {
        if (plan.layerBlocks().size() > 1 && options.topK() > 0) {
          block.get(d).forEach(QueryResult::offerTotals);
        }
        results.get(d).addAll(block.get(d));
      }
    }

    private List<LayerSpec> layers(List<Integer> block) {
      return block.stream().map(i -> curvature.layers().get(i)).toList();
    }

    private PreparedQueries prepare(
        ScorePlan plan,
        List<Integer> layerBlock,
        int first,
        int capacity,
        @Nullable LowRank lowRank) {
      try (LoadedCurvature loaded =
              new LoadedCurvature(backend, curvature, layers(layerBlock), options.dampings());
          QueryCollector collector =
              new QueryCollector(
                  backend,
                  loaded,
                  curvature.layers(),
                  control,
                  options,
                  lowRank,
                  plan,
                  first,
                  capacity)) {
        queries.replay(collector);
        if (collector.seen() == 0) {
          throw new IllegalArgumentException("The query source pushed no examples.");
        }
        int total = options.aggregateQueries() ? 1 : collector.seen();
        if (totalQueries != 0 && total != totalQueries) {
          throw new IllegalStateException(
              "The query source pushed "
                  + total
                  + " queries after "
                  + totalQueries
                  + " in an earlier replay; replays must give the same examples.");
        }
        totalQueries = total;
        return collector.finish();
      }
    }

    private List<List<QueryResult>> newResults(int count) {
      List<List<QueryResult>> block = new ArrayList<>();
      for (int d = 0; d < options.dampings().size(); d++) {
        List<QueryResult> ofDamping = new ArrayList<>();
        for (int q = 0; q < count; q++) {
          ofDamping.add(new QueryResult(options));
        }
        block.add(ofDamping);
      }
      return block;
    }

    private void residuals(
        List<List<QueryResult>> block, PreparedQueries prepared, List<Integer> layerBlock) {
      for (int i = 0; i < layerBlock.size(); i++) {
        String name = curvature.layers().get(layerBlock.get(i)).name();
        for (int d = 0; d < block.size(); d++) {
          for (int q = 0; q < prepared.count(); q++) {
            double residual =
                QueryCollector.residual(prepared.layers().get(i), d * prepared.count() + q);
            block.get(d).get(q).residuals.put(name, residual);
          }
        }
      }
    }

    private void scanTraining(
        PreparedQueries prepared,
        List<List<QueryResult>> block,
        List<Integer> layerBlock,
        boolean complete) {
      List<LoadedLayer> layers = new ArrayList<>();
      for (LayerSpec layer : layers(layerBlock)) {
        layers.add(new LoadedLayer(layer, LoadedCurvature.cost(curvature, layer), List.of()));
      }
      try (TrainingScan scan =
          new TrainingScan(
              backend,
              curvature.layers(),
              layers,
              prepared,
              block,
              options,
              control,
              trainingPasses,
              totalQueries * options.dampings().size(),
              complete)) {
        train.replay(scan);
        scan.finish();
        countExamples(scan.seen());
      }
    }

    private void countExamples(int seen) {
      if (seen == 0) {
        throw new IllegalArgumentException("The training source pushed no examples.");
      }
      if (trainingPasses > 0 && seen != examples) {
        throw new IllegalStateException(
            "The training source pushed "
                + seen
                + " examples after "
                + examples
                + " in an earlier replay; replays must give the same examples.");
      }
      examples = seen;
      trainingPasses++;
    }

    /** Exact scores and row scores of the hits. */
    private void lookAgain() {
      ScorePlan plan = plan(null);
      for (int first = 0; first < totalQueries; first += plan.queriesPerPass()) {
        int last = Math.min(totalQueries, first + plan.queriesPerPass());
        List<List<QueryResult>> block = new ArrayList<>();
        for (List<QueryResult> ofDamping : results) {
          block.add(ofDamping.subList(first, last));
        }
        List<List<Map<Long, Double>>> exact = HitScan.noScores(block);
        for (List<Integer> layerBlock : plan.layerBlocks()) {
          lookAgain(plan, layerBlock, first, last - first, block, exact);
        }
        if (options.topK() > 0 && options.lowRank() != null) {
          for (int d = 0; d < block.size(); d++) {
            for (int q = 0; q < last - first; q++) {
              block.get(d).get(q).rescore(exact.get(d).get(q));
            }
          }
        }
      }
    }

    private void lookAgain(
        ScorePlan plan,
        List<Integer> layerBlock,
        int first,
        int count,
        List<List<QueryResult>> block,
        List<List<Map<Long, Double>>> exact) {
      List<LayerSpec> layers = layers(layerBlock);
      try (PreparedQueries prepared = prepare(plan, layerBlock, first, count, null);
          LoadedCurvature loaded =
              new LoadedCurvature(backend, curvature, layers, options.dampings())) {
        BatchReader reader = new BatchReader(curvature.layers(), layers, backend);
        QueryRows rows = null;
        if (options.perQueryRow()) {
          rows = new QueryRows(backend, reader, loaded.layers(), first, count);
          queries.replay(rows);
        }
        HitScan scan =
            new HitScan(
                backend,
                loaded,
                prepared,
                rows,
                block,
                exact,
                options,
                control,
                reader,
                plan,
                totalQueries * options.dampings().size());
        train.replay(scan);
        countExamples(scan.seen());
      }
    }
  }
}
