/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The native libraries in a backend's jar are hardened, have their hash, and do not say where they
 * were built.
 *
 * <p>Libraries show how they were linked, and that some object in them calls checked functions; how
 * each object was compiled is known from the compiler's command lines only.
 */
public abstract class MainJarContract {
  private static final Path COMMANDS = Path.of("target", "compile_commands.json");
  private static final Pattern COMMAND =
      Pattern.compile("\\{.*\"output\": \"([^\"]+)\", \"arguments\": \\[(.*)\\]\\},?");

  private final List<String> tests;

  /**
   * Looks at the module in whose directory the test runs.
   *
   * @param tests the folders in target of what is compiled for tests; all else goes into the jar
   */
  protected MainJarContract(String... tests) {
    this.tests = List.of(tests);
  }

  /** The libraries that go into the jar. */
  protected static List<Path> libraries() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("target", "classes"))) {
      List<Path> libraries = files.filter(file -> file.toString().endsWith(".so")).toList();
      assertThat(libraries).isNotEmpty();
      return libraries;
    }
  }

  @Test
  final void librariesAreHardened() throws IOException {
    for (Path library : libraries()) {
      assertThat(ElfFile.weaknesses(library)).as(library.toString()).isEmpty();
    }
  }

  /** JNI libraries print and copy strings; kernels need not. */
  @Test
  final void jniLibrariesCallCheckedFunctions() throws IOException {
    for (Path library : libraries()) {
      if (library.getFileName().toString().startsWith("libjni")) {
        assertThat(ElfFile.imports(library))
            .as("functions checked by _FORTIFY_SOURCE in " + library)
            .anyMatch(name -> name.matches("__\\w+_chk"));
      }
    }
  }

  @Test
  final void objectsAreCompiledHardened() throws IOException {
    Map<String, List<String>> commands = commands();
    assertThat(commands).isNotEmpty();
    commands.forEach(
        (object, words) -> {
          assertThat(last(words, "-f(no-)?stack-protector.*"))
              .as("stack protector of " + object)
              .isEqualTo("-fstack-protector-strong");
          assertThat(last(words, "-[UD]_FORTIFY_SOURCE.*"))
              .as("checked calls in " + object)
              .isEqualTo("-D_FORTIFY_SOURCE=2");
          assertThat(last(words, "-O.*"))
              .as("optimization of " + object + ", without which no call is checked")
              .isIn("-O2", "-O3");
        });
  }

  /** The words by which objects that go into the jar were compiled. */
  private Map<String, List<String>> commands() throws IOException {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    List<String> lines = Files.readAllLines(COMMANDS);
    for (String line : lines.subList(1, lines.size() - 1)) {
      Matcher command = COMMAND.matcher(line);
      assertThat(command.matches()).as(line).isTrue();
      String object = command.group(1);
      if (tests.stream().noneMatch(folder -> object.startsWith("target/" + folder + "/"))) {
        // nvcc hands words on that are separated by commas.
        commands.put(object, List.of(command.group(2).split("[\", ]+")));
      }
    }
    return commands;
  }

  /** Of several switches the last one holds. */
  private static String last(List<String> words, String pattern) {
    return words.stream().filter(word -> word.matches(pattern)).reduce("none", (a, b) -> b);
  }

  @Test
  final void librariesHaveTheirHash() throws Exception {
    for (Path library : libraries()) {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(library));
      assertThat(library.resolveSibling(library.getFileName() + ".sha256"))
          .hasContent(HexFormat.of().formatHex(hash));
    }
  }

  @Test
  final void librariesNameNoDirectoryOfTheBuild() throws IOException {
    for (Path library : libraries()) {
      String text = Files.readString(library, StandardCharsets.ISO_8859_1);
      assertThat(text)
          .as(library.toString())
          .doesNotContain(Path.of("").toAbsolutePath().toString());
    }
  }
}
