/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class TerminalTest {
  private final StringWriter shown = new StringWriter();
  private final Terminal terminal = Terminal.of(new PrintWriter(shown));

  private String shown() {
    terminal.flush();
    return shown.toString();
  }

  @Test
  void argumentsStayOnTheirLine() {
    terminal.printf(Locale.ROOT, "%s: %d %.1f %b%n", "a\nb\r\u001b[31m\t\u007f", 1, 0.5, true);
    assertThat(shown()).isEqualToNormalizingNewlines("a\\nb\\r\\u001b[31m\\t\\u007f: 1 0.5 true\n");
  }

  @Test
  void numbersAreTheSameEverywhere() {
    Locale before = Locale.getDefault();
    try {
      for (String locale : new String[] {"ar-EG", "de-DE", "hi-IN-u-nu-deva"}) {
        Locale.setDefault(Locale.forLanguageTag(locale));
        terminal.printf("%.1f %d ", 1234.5, 6789);
      }
    } finally {
      Locale.setDefault(before);
    }
    assertThat(shown()).isEqualTo("1234.5 6789 ".repeat(3));
  }

  @Test
  void whatChangesTheTextAroundIt() {
    terminal.printf("%s", "a\u202eb\u2066c\u200ed\u061ce\u2028f\u2029g\ufeffh\u009bi\u0085j\u0000");
    assertThat(shown())
        .isEqualTo(
            "a\\u202eb\\u2066c\\u200ed\\u061ce\\u2028f\\u2029g\\ufeffh\\u009bi\\u0085j\\u0000");
  }

  @Test
  void halvesOfSurrogatePairsAndTags() {
    terminal.printf("%s|%s|%s", "\ud800x", "\udc00", "\udb40\udc41");
    assertThat(shown()).isEqualTo("\\ud800x|\\udc00|\\udb40\\udc41");
  }

  @Test
  void scriptsAndEmojiStayWhole() {
    String text = "नमस्ते שלום 你好 👩\u200d🚀 می\u200cخواهم é";
    terminal.printf("%s", text);
    text.chars().forEach(terminal::write); // pairs in two halves
    assertThat(shown()).isEqualTo(text + text);
  }

  @Test
  void whatIsPrintedWithoutAFormatHasLinesAndTabsOnly() {
    terminal.println("one\ttwo\nthree\u001b]0;title\u0007 four\rfive");
    terminal.print("\ud83d");
    terminal.print("\ude80 \ud83d");
    terminal.close();
    assertThat(shown())
        .isEqualToNormalizingNewlines(
            "one\ttwo\nthree\\u001b]0;title\\u0007 four\\rfive\n\ud83d\ude80 \\ud83d");
  }

  @Test
  void onlyWeDrawOverALine() {
    terminal.redraw("training \r\u001b[2J 10 %");
    assertThat(shown()).isEqualTo("\rtraining \\r\\u001b[2J 10 %");
  }

  @Test
  void isMadeOnce() {
    assertThat(Terminal.of(terminal)).isSameAs(terminal);
  }

  @Command(name = "fails")
  private static final class Fails implements Runnable {
    @Option(names = "--how")
    private String how = "";

    @Override
    public void run() {
      String text = "layer \"\u001b[31m\u202e\r\n\"";
      switch (how) {
        case "argument" -> throw new IllegalArgumentException(text);
        case "bug" -> throw new UnsupportedOperationException(text);
        default -> throw new AssertionError(text);
      }
    }
  }

  @Test
  void errorsOfEveryKind() {
    for (String how : new String[] {"argument", "bug", "error"}) {
      assertHarmless(how, how.equals("argument") ? 2 : 1, "--how", how);
    }
    assertHarmless("argument of picocli", 2, "--\u001b[31mhow\u202e");
    assertHarmless("help", 2, "--help\u009b");
  }

  private static void assertHarmless(String what, int code, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    assertThat(
            CommandRunner.run(new Fails(), new PrintWriter(out), new PrintWriter(err), arguments))
        .as(what)
        .isEqualTo(code);
    assertThat(out + "" + err).as(what).doesNotContain("\u001b", "\u202e", "\u009b");
    assertThat(err.toString().replace("\r\n", "\n")).as(what).isNotEmpty().doesNotContain("\r");
  }
}
