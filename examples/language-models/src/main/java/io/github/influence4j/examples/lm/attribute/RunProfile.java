/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.progress.ProgressListener;
import io.github.influence4j.progress.Stage;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of a run goes: a clock whose laps are added up by stage, and within them what the
 * model's own passes took. Used by one thread; what others do meanwhile counts.
 */
final class RunProfile {
  /** What a stage took as a whole, and the part in which the model ran. */
  private record Share(ProcessUse whole, ProcessUse model) {
    static final Share NONE = new Share(ProcessUse.NONE, ProcessUse.NONE);

    Share plus(Share other) {
      return new Share(whole.plus(other.whole), model.plus(other.model));
    }
  }

  private static final Map<Stage, String> NAMES =
      Map.of(
          Stage.COVARIANCE, "covariances",
          Stage.EIGENDECOMPOSITION, "eigendecompositions",
          Stage.EIGENVALUES, "eigenvalues",
          Stage.QUERIES, "queries",
          Stage.PRECONDITION, "preconditioning",
          Stage.SCORE, "scores",
          Stage.SELF_INFLUENCE, "self-influence",
          Stage.RESCORE, "scores of the hits");

  private final Map<String, Share> stages = new LinkedHashMap<>();
  private final Supplier<ProcessUse> clock;
  private ProcessUse last;
  private ProcessUse model = ProcessUse.NONE;
  private @Nullable String entered;

  RunProfile() {
    this(ProcessUse::now);
  }

  /** By another clock. */
  RunProfile(Supplier<ProcessUse> clock) {
    this.clock = clock;
    this.last = clock.get();
  }

  /** What was done since the lap before. */
  void lap(String stage) {
    ProcessUse now = clock.get();
    stages.merge(stage, new Share(now.minus(last), model), Share::plus);
    last = now;
    model = ProcessUse.NONE;
  }

  /** The same for what the model did alone. */
  void lapOfModel(String stage) {
    model = clock.get().minus(last);
    lap(stage);
  }

  /** All that is done, whatever stages a run tells of, is one. */
  <T> T within(String stage, Supplier<T> work) {
    entered = stage;
    try {
      return work.get();
    } finally {
      lap(stage);
      entered = null;
    }
  }

  /** A lap ends where a run tells of progress: its stage is what was done until then. */
  ProgressListener listener(ProgressListener next) {
    return (stage, pass, examples) -> {
      lap(entered == null ? NAMES.getOrDefault(stage, stage.name()) : entered);
      next.onProgress(stage, pass, examples);
    };
  }

  /** The same gradients; what passes between two batches is the model's. */
  GradientSource watched(GradientSource source) {
    return sink -> {
      ProcessUse[] before = {clock.get()};
      source.replay(
          batch -> {
            model = model.plus(clock.get().minus(before[0]));
            sink.accept(batch);
            before[0] = clock.get();
          });
    };
  }

  /** How long the model ran in a stage, by the clock. */
  double modelSeconds(Stage stage) {
    return share(stage).model.wall() / 1e9;
  }

  /** How long everything else took in a stage, by the clock. */
  double restSeconds(Stage stage) {
    Share share = share(stage);
    return share.whole.minus(share.model).wall() / 1e9;
  }

  private Share share(Stage stage) {
    return stages.getOrDefault(NAMES.getOrDefault(stage, stage.name()), Share.NONE);
  }

  /** A line a stage, in the order in which they began, and the sums. */
  void print(PrintWriter out) {
    Share all = stages.values().stream().reduce(Share.NONE, Share::plus);
    out.printf(
        "%nWHERE THE TIME WENT%n%-20s%9s%13s%8s%9s%9s%n",
        "", "seconds", "processor s", "share", "model", "rest");
    stages.forEach((stage, share) -> print(out, stage, share, all));
    print(out, "in all", all, all);
    out.printf(
        Locale.ROOT,
        "Processor seconds are those of all threads; model: its passes forwards and backwards, with"
            + " the sampling of labels. Of them, the collector ran for %.1f s and the compiler for"
            + " %.1f s of the wall's.%nMost memory resident: %,d MB.%n",
        ProcessUse.collectorSeconds(),
        ProcessUse.compilerSeconds(),
        ProcessUse.peakResidentBytes() / 1_000_000);
    out.flush();
  }

  private static void print(PrintWriter out, String name, Share share, Share all) {
    double processor = Math.max(1, share.whole.processor());
    double model = 100 * share.model.processor() / processor;
    out.printf(
        Locale.ROOT,
        "%-20s%9.2f%13.2f%6.0f %%%7.0f %%%7.0f %%%n",
        name,
        share.whole.wall() / 1e9,
        share.whole.processor() / 1e9,
        100 * processor / Math.max(1, all.whole.processor()),
        model,
        100 - model);
  }
}
