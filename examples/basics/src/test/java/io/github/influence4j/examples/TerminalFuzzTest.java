/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.internal.text.VisibleText;
import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
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

  /** Any UTF-16, well formed or not. */
  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      switch (random.nextInt(3)) {
        case 0 -> text.append((char) random.nextInt(0x10000));
        case 1 -> text.appendCodePoint(WICKED[random.nextInt(WICKED.length)]);
        default -> text.append("name");
      }
    }
    return text.toString();
  }

  @Test
  void nothingInvisibleComesThrough() {
    FuzzBudget budget = FuzzBudget.ofSeconds(2);
    for (int round = 0; budget.allows(round); round++) {
      Random random = SeededRandom.at("terminal", round);
      StringWriter shown = new StringWriter();
      Terminal terminal = Terminal.of(new PrintWriter(shown));
      int lines = 0;
      for (int i = 0; i < 50; i++) {
        String text = text(random);
        switch (random.nextInt(4)) {
          case 0 -> {
            terminal.printf("%s%n", text);
            lines++;
          }
          case 1 -> terminal.printf("[%-10s]", text);
          case 2 -> terminal.write(text.toCharArray(), 0, text.length() / 2);
          default -> {
            terminal.print(text);
            lines += (int) text.chars().filter(c -> c == '\n').count();
          }
        }
      }
      terminal.close();
      String all = shown.toString().replace("\r\n", "\n");
      assertThat(all.codePoints().filter(c -> c != '\n' && c != '\t' && !VisibleText.isVisible(c)))
          .as("round %d", round)
          .isEmpty();
      assertThat(all.chars().filter(c -> c == '\n').count()).isGreaterThanOrEqualTo(lines);
    }
  }
}
