/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

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

/** A program that README.md shows below a link to its file, and its output there, are real. */
public abstract class ReadmeProgramContract {
  private static final Path README = Path.of("..", "..", "README.md");

  private final Class<?> program;

  /**
   * Of one program.
   *
   * @param program with a main method that takes no arguments
   */
  protected ReadmeProgramContract(Class<?> program) {
    this.program = program;
  }

  /** The first block of a language below the link. */
  private String block(String language) throws IOException {
    String readme = Files.readString(README);
    int link = readme.indexOf("[" + program.getSimpleName() + ".java]");
    assertThat(link).isPositive();
    Matcher block =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(readme.substring(link));
    assertThat(block.find()).as("a block of %s", language).isTrue();
    return block.group(1);
  }

  /** Without white space, which the README lays out for readers. */
  private static String words(String text) {
    return text.replaceAll("\\s+", "");
  }

  @Test
  final void programIsCompiled() throws IOException {
    Path source = Path.of("src/main/java", program.getName().replace('.', '/') + ".java");
    String words = words(Files.readString(source));
    for (String paragraph : block("java").split("\n\n", -1)) {
      assertThat(words).contains(words(paragraph));
    }
  }

  @Test
  final void outputIsReal() throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream capture = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(capture);
      program.getMethod("main", String[].class).invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(console);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(block("text"));
  }
}
