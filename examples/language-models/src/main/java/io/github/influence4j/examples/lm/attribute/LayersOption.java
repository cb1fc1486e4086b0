/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import picocli.CommandLine.Option;

/** Which layers. */
final class LayersOption {
  @Option(
      names = "--layers",
      paramLabel = "CHOICE",
      defaultValue = "all",
      description =
          "Linear layers of the blocks to track or to change: all, attention, mlp, or a regular"
              + " expression found in their names (default: all).")
  private String choice = "all";

  String choice() {
    return choice;
  }
}
