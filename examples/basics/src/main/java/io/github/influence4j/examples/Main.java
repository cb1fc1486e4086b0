/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Runs one example, named by the first argument. */
@Command(
    name = "influence-examples",
    description = "Runs one example.",
    mixinStandardHelpOptions = true,
    subcommands = CommandLine.HelpCommand.class)
final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
