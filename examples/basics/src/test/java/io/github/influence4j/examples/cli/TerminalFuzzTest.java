/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TerminalCommands;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No text of any kind, printed in any way and in any pieces, commands the terminal. */
class TerminalFuzzTest {
  private static final int[] WICKED = {
    0, 7, 8, 9, 10, 13, 27, 127, 0x85, 0x9b, 0x200b, 0x200d, 0x202e, 0x2028, 0x2066, 0xfeff, 0xd800,
    0xdbff, 0xdc00, 0xdfff, 0xe0041, 0x1f680, 0xffff, 0x10ffff
  };

  private final StringWriter shown = new StringWriter();
  private final Terminal terminal = Terminal.of(new PrintWriter(shown));

  /** Any UTF-16, well formed or not. */
  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> text.append((char) random.nextInt(0x10000));
        case 1 -> text.appendCodePoint(WICKED[random.nextInt(WICKED.length)]);
        case 2 -> text.append(TerminalCommands.name(random));
        default -> text.append("name");
      }
    }
    return text.toString();
  }

  private static long count(String text, char sought) {
    return text.chars().filter(c -> c == sought).count();
  }

  private String takeShown() {
    terminal.flush();
    String all = shown.toString().replace("\r\n", "\n");
    shown.getBuffer().setLength(0);
    return all;
  }

  /** Not a line break, not a tab: the lines are the program's. */
  @Test
  void namesStayOnTheirLine() {
    FuzzBudget budget = FuzzBudget.ofSeconds(0.5);
    for (int round = 0; budget.allows(round); round++) {
      Random random = SeededRandom.at("names on the terminal", round);
      int lines = 0;
      for (int i = 0; i < 50; i++) {
        switch (random.nextInt(3)) {
          case 0 -> {
            terminal.printf("%s%n", text(random));
            lines++;
          }
          case 1 -> terminal.printf("[%-10s|%.5s]", text(random), text(random));
          default -> terminal.format("%s", text(random));
        }
      }
      String all = takeShown();
      assertThat(TerminalCommands.in(all)).as("round %d", round).isEmpty();
      assertThat(count(all, '\n')).as("round %d", round).isEqualTo(lines);
    }
  }

  /** The carriage return that begins the line is ours, and the only one. */
  @Test
  void redrawnLinesStayLines() {
    for (int round = 0; round < 100; round++) {
      terminal.redraw(text(SeededRandom.at("redrawn", round)));
      String all = takeShown();
      assertThat(all).startsWith("\r").doesNotContain("\n");
      assertThat(TerminalCommands.in(all.substring(1))).as("round %d", round).isEmpty();
    }
  }

  /** What is printed without a format may have lines and tabs, which its author wrote. */
  @Test
  void textsHaveLinesAndTabsOnly() {
    FuzzBudget budget = FuzzBudget.ofSeconds(0.5);
    for (int round = 0; budget.allows(round); round++) {
      Random random = SeededRandom.at("texts on the terminal", round);
      long lines = 0;
      for (int i = 0; i < 50; i++) {
        String text = text(random);
        switch (random.nextInt(3)) {
          case 0 -> terminal.print(text);
          case 1 -> terminal.write(text.toCharArray(), 0, text.length());
          default -> text.chars().forEach(terminal::write);
        }
        lines += count(text, '\n');
      }
      String all = takeShown();
      assertThat(TerminalCommands.in(all.replace("\t", ""))).as("round %d", round).isEmpty();
      assertThat(count(all, '\n')).as("round %d", round).isEqualTo(lines);
    }
  }
}
