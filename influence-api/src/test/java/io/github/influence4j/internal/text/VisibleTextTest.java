/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.influence4j.testing.TerminalCommands;
import org.junit.jupiter.api.Test;

class VisibleTextTest {
  /** Every code point that there is, halves of surrogate pairs included. */
  @Test
  void noCharacterCommandsTheTerminal() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      String line = VisibleText.line("a" + Character.toString(c) + "b");
      if (line.contains("\n") || !TerminalCommands.in(line).isEmpty()) {
        fail("U+%04X stays", c); // an assertion for each takes ten times as long
      }
    }
  }

  @Test
  void whatCanBeSeenStays() {
    String text = "Größe 你好 नमस्ते שלום 👩\u200d🚀 می\u200cخواهم e\u0301 ❤\ufe0f C:\\n €";
    assertThat(VisibleText.line(text)).isSameAs(text);
  }

  @Test
  void theRestIsWrittenAsJavaWritesIt() {
    assertThat(VisibleText.line("a\nb\r\t\u001b[2J\u202e\udb40\udc41\ud800"))
        .isEqualTo("a\\nb\\r\\t\\u001b[2J\\u202e\\udb40\\udc41\\ud800");
  }
}
