/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.examples.cli.CommandRunner;
import io.github.influence4j.examples.lm.attribute.AttributeCommand;
import io.github.influence4j.examples.lm.attribute.FinetuneCommand;
import io.github.influence4j.examples.lm.attribute.LogitsCommand;
import io.github.influence4j.examples.lm.attribute.PlanCommand;
import io.github.influence4j.examples.lm.crosslingual.CrosslingualCommand;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Runs one example, named by the first argument. */
@Command(
    name = "influence-lm",
    description = "Language models trained in Java, and the training text behind what they say.",
    subcommands = {
      LmCommand.class,
      CrosslingualCommand.class,
      AttributeCommand.class,
      FinetuneCommand.class,
      LogitsCommand.class,
      PlanCommand.class
    },
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
