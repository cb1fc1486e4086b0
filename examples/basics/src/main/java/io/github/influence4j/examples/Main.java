/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import io.github.influence4j.examples.captured.CapturedCommand;
import io.github.influence4j.examples.digits.DigitsCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Runs one example, named by the first argument. */
@Command(
    name = "influence-examples",
    description = "Runs one example of Influence4J, training data attribution for the JVM.",
    subcommands = {DigitsCommand.class, CapturedCommand.class},
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
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /**
   * Runs one example.
   *
   * @return 0 if all went well, 2 for bad input, 1 for a bug
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(UserErrors::badArguments)
        .setExecutionExceptionHandler(UserErrors::failed)
        .setOut(out)
        .setErr(err)
        .execute(args.length == 0 ? new String[] {"--help"} : args);
  }
}
