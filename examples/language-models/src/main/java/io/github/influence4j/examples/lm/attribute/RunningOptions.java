/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import picocli.CommandLine.Option;

/** How the model is run; none of it changes a result. */
final class RunningOptions {
  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Sequences at once; changes no result (default: 8).")
  private int batchSize = 8;

  @Option(names = "--threads", paramLabel = "N", description = "Threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--check-tokens",
      paramLabel = "N",
      defaultValue = "2048",
      description =
          "Tokens predicted to see whether a matrix of the model is damaged; 0 looks at the loss"
              + " alone (default: 2048).")
  private int checkTokens = 2048;

  @Option(
      names = "--recompute-blocks",
      description =
          "Keep nothing of a block on the way forwards but what its layers see, and compute the"
              + " rest again on the way back: less memory, more time, the same result.")
  private boolean recomputeBlocks;

  @Option(names = "--profile", description = "Print where the time went, and the peak of memory.")
  private boolean profile;

  @Option(
      names = "--dry-run",
      description =
          "Print what the run would take, memory and time stage by stage, from a few sequences that"
              + " are tried; do nothing else.")
  private boolean dryRun;

  void check() {
    if (batchSize < 1 || threads < 1) {
      throw new IllegalArgumentException("--batch-size and --threads must be at least 1.");
    }
    if (checkTokens < 0) {
      throw new IllegalArgumentException("--check-tokens must be at least 0, got " + checkTokens);
    }
  }

  int batchSize() {
    return batchSize;
  }

  int threads() {
    return threads;
  }

  boolean recomputeBlocks() {
    return recomputeBlocks;
  }

  boolean dryRun() {
    return dryRun;
  }

  boolean profile() {
    return profile;
  }

  int checkTokens() {
    return checkTokens;
  }
}
