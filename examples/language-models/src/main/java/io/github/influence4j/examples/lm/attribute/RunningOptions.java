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

  @Option(names = "--profile", description = "Print where the time went, and the peak of memory.")
  private boolean profile;

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

  boolean profile() {
    return profile;
  }

  int checkTokens() {
    return checkTokens;
  }
}
