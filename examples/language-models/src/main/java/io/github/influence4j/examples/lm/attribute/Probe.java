/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.planning.RunPlan;
import io.github.influence4j.planning.Workload;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How fast this machine is: some sequences really run through the model, and through all stages
 * with the largest layer.
 *
 * @param sequences that ran
 * @param modelSeconds of the model, for one row, by stage
 * @param seconds of everything else, for one operation, by stage
 * @param bytes by which the process grew
 */
record Probe(
    int sequences, Map<Stage, Double> modelSeconds, Map<Stage, Double> seconds, long bytes) {
  /** A few seconds on a processor of today. */
  private static final double OPERATIONS = 4e11;

  /** Of a model's arithmetic for one row: forwards and backwards, without gradients of weights. */
  private static final int OPERATIONS_A_PARAMETER = 4;

  /** Fitting runs the model twice, scoring once, and the query is about as long. */
  private static final int PASSES = 4;

  /** Larger matrices are decomposed in blocks, and their cost computed from that. */
  private static final int LARGEST_SIDE = 1024;

  /** Measures. */
  static Probe of(AttributeOptions options, Subject subject, ScoreOptions scoring) {
    long before = ProcessUse.residentBytes();
    int count = count(options, subject);
    List<Piece> some = spread(subject.corpus(), count);
    if (count > options.running().threads()) {
      run(options, subject, some.subList(0, options.running().threads()), scoring); // warms up
    }
    Probe probe = run(options, subject, some, scoring);
    long grown = Math.max(0, ProcessUse.peakResidentBytes() - before);
    return new Probe(count, probe.modelSeconds, probe.seconds, grown);
  }

  private static int count(AttributeOptions options, Subject subject) {
    double rows = (double) subject.tokens() / subject.corpus().size();
    double each = PASSES * OPERATIONS_A_PARAMETER * rows * subject.model().coverage().parameters();
    int most = Math.min(subject.corpus().size(), 2 * options.running().batchSize());
    return (int) Math.max(1, Math.min(most, OPERATIONS / each));
  }

  private static List<Piece> spread(List<Piece> corpus, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> corpus.get((int) ((long) i * corpus.size() / count)))
        .toList();
  }

  private static Probe run(
      AttributeOptions options, Subject subject, List<Piece> some, ScoreOptions scoring) {
    RunProfile profile = new RunProfile();
    List<Piece> asked = subject.queries().subList(0, 1);
    Subject watched = new Subject(subject.model(), some, asked, profile);
    LayerSpec layer =
        subject.model().layers().stream()
            .filter(spec -> spec.inputOf() == null)
            .max(Comparator.comparingLong(spec -> (long) spec.inputs() * spec.outputs()))
            .orElseThrow();
    try (Influence influence =
        options
            .engine(List.of(layer))
            .strategy(bounded(options.strategy(), layer))
            .progress(profile.listener((stage, pass, examples) -> {}))
            .build()) {
      double rows = (double) rows(some) / some.size();
      RunPlan plan = influence.plan(new Workload(some.size(), some.size(), 1, rows), scoring);
      FittedCurvature curvature =
          influence.fit(only(layer, options.curvature().labelled(watched.training())));
      influence.score(
          curvature,
          only(layer, watched.asked().dataLabels()),
          only(layer, watched.training().dataLabels()),
          scoring);
      Map<Stage, Double> model = new EnumMap<>(Stage.class);
      Map<Stage, Double> rest = new EnumMap<>(Stage.class);
      for (Stage stage : Stage.values()) {
        long passed = stage == Stage.QUERIES ? rows(asked) : rows(some);
        model.put(stage, profile.modelSeconds(stage) / passed);
        double operations = plan.stage(stage).operations();
        rest.put(stage, operations == 0 ? 0 : profile.restSeconds(stage) / operations);
      }
      return new Probe(some.size(), model, rest, 0);
    }
  }

  /** Tokens that are fed: the last of a sequence is a target only. */
  static long rows(List<Piece> pieces) {
    return pieces.stream().mapToLong(piece -> piece.sequence().length() - 1).sum();
  }

  private static CurvatureStrategy bounded(CurvatureStrategy strategy, LayerSpec layer) {
    int side = Math.max(layer.gradientColumns(), layer.outputs());
    int blocks = (side - 1) / LARGEST_SIDE + 1;
    return strategy.factored()
        ? new CurvatureStrategy(strategy.kind(), Math.max(strategy.blocks(), blocks))
        : strategy;
  }

  private static GradientSource only(LayerSpec layer, GradientSource source) {
    return sink ->
        source.replay(
            batch ->
                sink.accept(
                    new GradientBatch(
                        batch.examples(),
                        batch.layers().stream()
                            .filter(use -> use.layer().equals(layer.name()))
                            .toList())));
  }
}
