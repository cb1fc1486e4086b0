/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;

/**
 * The result of a command, run in this process.
 *
 * @param code exit code
 * @param out what it printed
 * @param err what it complained about, and progress
 */
public record Cli(int code, String out, String err) {
  /** Runs a command. */
  public static Cli run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    return new Cli(code, out.toString(), err.toString());
  }
}
