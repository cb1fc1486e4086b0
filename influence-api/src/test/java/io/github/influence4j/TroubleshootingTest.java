/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** Every message that docs/troubleshooting.md explains is still thrown with those words. */
final class TroubleshootingTest {
  private static final Path ROOT = Path.of("..");

  /** Bold code: the messages. Backticks alone are names in running text. */
  private static final Pattern MESSAGE = Pattern.compile("\\*\\*`([^`]+)`\\*\\*");

  /** Possessive: a literal of any length needs no deep stack. */
  private static final Pattern LITERAL_OR_GLUE =
      Pattern.compile("\"((?:[^\"\\\\]++|\\\\.)*+)\"|([^\"]++)");

  /** Messages of the JDK itself. */
  private static final String JDK = "OutOfMemoryError";

  @Test
  void messagesExist() throws IOException {
    String texts = texts();
    List<String> messages =
        MESSAGE
            .matcher(Files.readString(ROOT.resolve("docs/troubleshooting.md")))
            .results()
            .map(match -> match.group(1))
            .filter(message -> !message.startsWith(JDK))
            .toList();
    assertThat(messages).hasSizeGreaterThan(15);
    SoftAssertions all = new SoftAssertions();
    for (String message : messages) {
      for (String fragment : message.split("‹[^›]*›", -1)) {
        all.assertThat(texts.contains(fragment)).as("%s: «%s»", message, fragment).isTrue();
      }
    }
    all.assertAll();
  }

  /** All string literals of the main sources, neighbours joined as the compiler joins them. */
  private static String texts() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> file.toString().contains("src/main"))
          .map(TroubleshootingTest::literals)
          .collect(Collectors.joining("\n"));
    }
  }

  private static String literals(Path file) {
    try {
      Matcher tokens = LITERAL_OR_GLUE.matcher(Files.readString(file));
      return file.getFileName()
          + tokens.results().map(TroubleshootingTest::text).collect(Collectors.joining());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(MatchResult token) {
    if (token.group(1) != null) {
      return token.group(1).replace("\\\"", "\"").replaceAll("%[a-z]", "\n");
    }
    return token.group(2).trim().equals("+") ? "" : "\n";
  }
}
