/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine;

/**
 * Runs the commands of an example jar: the same reading of options and exit codes in all, and no
 * output but through a {@link Terminal}.
 */
public final class CommandRunner {
  private CommandRunner() {}

  /**
   * Runs a command on the terminal and ends the process.
   *
   * @param command the jar's picocli command, with subcommands
   * @param args of the process
   */
  public static void runAndExit(Object command, String... args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(command, out, err, args));
  }

  /**
   * Runs a command in this process.
   *
   * @param command the jar's picocli command, with subcommands
   * @param out where results go
   * @param err where complaints and progress go
   * @param args the subcommand and its options
   * @return 0 if all went well, 2 for bad input, 1 for a bug
   */
  public static int run(Object command, PrintWriter out, PrintWriter err, String... args) {
    Terminal screen = Terminal.of(out);
    Terminal complaints = Terminal.of(err);
    try {
      return new CommandLine(command)
          .registerConverter(Path.class, CommandRunner::path)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .setUsageHelpAutoWidth(true)
          .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
          .setParameterExceptionHandler(UserErrors::badArguments)
          .setExecutionExceptionHandler(UserErrors::failed)
          .setOut(screen)
          .setErr(complaints)
          .execute(args.length == 0 ? new String[] {"--help"} : args);
    } catch (Error e) {
      e.printStackTrace(complaints); // out of memory, or a bug
      return CommandLine.ExitCode.SOFTWARE;
    } finally {
      screen.flush();
      complaints.flush();
    }
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new CommandLine.TypeConversionException(
          "\""
              + name
              + "\" holds a character that names of files cannot have here; for other letters than"
              + " those of English, set the environment variable LC_ALL to C.UTF-8");
    }
  }
}
