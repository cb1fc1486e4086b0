/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.pytorch.TorchGradients;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What the curvature is fitted to. */
final class CurvatureOptions {
  private static final long SEED = 1;

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

  /** With the labels that were asked for. */
  GradientSource labelled(TorchGradients<?> gradients) {
    return fisher == Fisher.TRUE
        ? gradients.sampledLabels(new LabelSampler(SEED))
        : gradients.dataLabels();
  }

  /** To be read. */
  @Override
  public String toString() {
    return fisher.name().toLowerCase(Locale.ROOT) + " Fisher";
  }
}
