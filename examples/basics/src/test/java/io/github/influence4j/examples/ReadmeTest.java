/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The program without a framework and its output in README.md are those of {@link QuickStart}. */
final class ReadmeTest {
  private static final Path README = Path.of("..", "..", "README.md");
  private static final Path SOURCE =
      Path.of("src/main/java/io/github/influence4j/examples/QuickStart.java");

  private static String block(String language) throws IOException {
    String text = Files.readString(README);
    Matcher block =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(text.substring(text.indexOf("[QuickStart.java]")));
    assertThat(block.find()).as("a block of %s", language).isTrue();
    return block.group(1);
  }

  /** Without white space, which the README lays out for readers. */
  private static String words(String text) {
    return text.replaceAll("\\s+", "");
  }

  @Test
  void programIsCompiled() throws IOException {
    String source = words(Files.readString(SOURCE));
    for (String paragraph : block("java").split("\n\n", -1)) {
      assertThat(source).contains(words(paragraph));
    }
  }

  @Test
  void outputIsReal() throws IOException {
    PrintStream console = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream capture = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(capture);
      QuickStart.main(new String[0]);
    } finally {
      System.setOut(console);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(block("text"));
  }
}
