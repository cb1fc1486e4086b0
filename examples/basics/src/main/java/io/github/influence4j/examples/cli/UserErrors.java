/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** One clear line for what the user can put right; a stack trace only for what we must. */
final class UserErrors {
  private UserErrors() {}

  static int badArguments(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String hint = " (see " + command.getCommandSpec().qualifiedName() + " --help)";
    return report(command, oneLine(e.getMessage()) + hint);
  }

  static int failed(Exception e, CommandLine command, ParseResult arguments) {
    if (e instanceof UncheckedIOException && e.getCause() != null) {
      return report(command, ioMessage(e.getCause()));
    }
    if (e instanceof IOException) {
      return report(command, ioMessage(e));
    }
    if (e instanceof IllegalArgumentException
        || e instanceof IllegalStateException
        || e instanceof ArithmeticException) {
      return report(command, oneLine(e.getMessage()));
    }
    e.printStackTrace(command.getErr()); // a bug
    command.getErr().flush();
    return ExitCode.SOFTWARE;
  }

  private static String ioMessage(Throwable e) {
    if (e instanceof NoSuchFileException) {
      return "No such file: " + e.getMessage();
    }
    String text = oneLine(e.getMessage());
    boolean bare = e instanceof FileSystemException file && file.getReason() == null;
    return bare ? e.getClass().getSimpleName().replace("Exception", "") + ": " + text : text;
  }

  private static int report(CommandLine command, String message) {
    command.getErr().printf("error: %s%n", message);
    command.getErr().flush();
    return ExitCode.USAGE;
  }

  private static String oneLine(@Nullable String message) {
    return message == null ? "no details" : message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
