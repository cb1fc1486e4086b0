/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model. */
final class ModelOption {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      required = true,
      description = "What save_pretrained of transformers wrote: config.json and safetensors.")
  private Path directory = Path.of("");

  Path directory() {
    return directory;
  }

  /** As on the command line. */
  @Override
  public String toString() {
    return directory.toString();
  }
}
