/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * The result of a command, run in this process.
 *
 * @param code exit code
 * @param out what it printed
 * @param err what it complained about
 */
public record Cli(int code, String out, String err) {
  /** Runs a command. */
  public static Cli run(Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    return new Cli(code, out.toString(), err.toString());
  }
}
