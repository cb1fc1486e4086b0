/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.cli.ReportFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** All scores as a file. */
final class ScoresOptions {
  @Option(
      names = "--scores",
      paramLabel = "FILE",
      description = "All scores as safetensors: pairwise [queries, sequences], self [sequences].")
  private @Nullable Path file;

  @Option(names = "--per-layer", description = "With --scores: also pairwise.LAYER.")
  private boolean perLayer;

  void check() {
    if (file != null) {
      ReportFile.requireWritable("--scores", file);
    }
  }

  /** Null for none. */
  @Nullable Path file() {
    return file;
  }

  boolean perLayer() {
    return file != null && perLayer;
  }
}
