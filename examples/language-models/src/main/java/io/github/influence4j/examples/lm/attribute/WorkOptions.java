/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where factors are kept. */
final class WorkOptions {
  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Keep the fitted factors here: the same command, with other queries too, goes on from"
              + " them after it was stopped.")
  private @Nullable Path folder;

  /** Null to keep nothing. */
  @Nullable Path folder() {
    return folder;
  }
}
