/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the curvature is fitted to. */
final class CurvatureOptions {
  /** Whose labels. */
  private enum Fisher {
    TRUE,
    EMPIRICAL
  }

  @Option(
      names = "--fisher",
      paramLabel = "KIND",
      defaultValue = "true",
      description =
          "true: labels drawn from the model; empirical: those of the data (default: true).")
  private Fisher fisher = Fisher.TRUE;

  @Option(
      names = "--fit-sequences",
      paramLabel = "N",
      description = "Fit the factors to N sequences drawn from the corpus (default: to all).")
  private @Nullable Integer fitSequences;

  @Option(names = "--seed", paramLabel = "N", description = "Of everything drawn (default: 1).")
  private long seed = 1;

  void check() {
    if (fitSequences != null && fitSequences < 1) {
      throw new IllegalArgumentException("--fit-sequences must be at least 1, got " + fitSequences);
    }
  }

  long seed() {
    return seed;
  }

  /** Sequences of a corpus to fit to, in their order. */
  List<Piece> sample(List<Piece> corpus) {
    if (fitSequences == null || fitSequences >= corpus.size()) {
      return corpus;
    }
    return IntStream.range(0, corpus.size())
        .boxed()
        .sorted(Comparator.comparingDouble(i -> CounterRandom.uniform(seed, 0, i)))
        .limit(fitSequences)
        .sorted()
        .map(corpus::get)
        .toList();
  }

  /** With the labels that were asked for. */
  GradientSource labelled(WatchedGradients gradients) {
    return fisher == Fisher.TRUE
        ? gradients.sampledLabels(new LabelSampler(seed))
        : gradients.dataLabels();
  }

  /** To be read. */
  @Override
  public String toString() {
    return fisher.name().toLowerCase(Locale.ROOT)
        + " Fisher"
        + (fitSequences == null ? "" : " of " + fitSequences + " sequences");
  }
}
