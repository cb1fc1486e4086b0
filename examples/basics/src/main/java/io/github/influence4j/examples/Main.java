/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import io.github.influence4j.examples.captured.CapturedCommand;
import io.github.influence4j.examples.cli.CommandRunner;
import io.github.influence4j.examples.digits.DigitsCommand;
import io.github.influence4j.examples.fidelity.FidelityCommand;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Runs one example, named by the first argument. */
@Command(
    name = "influence-examples",
    description = "Runs one example of Influence4J, training data attribution for the JVM.",
    subcommands = {DigitsCommand.class, CapturedCommand.class, FidelityCommand.class},
    synopsisSubcommandLabel = "COMMAND")
final class Main {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  private Main() {}

  public static void main(String[] args) {
    CommandRunner.runAndExit(new Main(), args);
  }

  /** Runs one example, in this process; see {@link CommandRunner}. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return CommandRunner.run(new Main(), out, err, args);
  }
}
