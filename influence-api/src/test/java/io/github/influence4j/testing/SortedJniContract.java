/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The JNI sources of a module do not depend on the order in which JavaCPP meets classes, members
 * and functions, which is a matter of chance.
 *
 * <p>Takes build/native/SortedJni.java as the build compiled it, and the sources it sorted.
 */
public abstract class SortedJniContract {
  private static final Path BUILD = Path.of("target", "native-build");
  private static final Path SOURCES = Path.of("target", "jni");
  private static final Pattern NUMBER = Pattern.compile("\\(env, (\\d+)");
  private static final Pattern DEALLOCATOR =
      Pattern.compile("(?m)^static void \\w+_deallocate.*\n");
  private static final Pattern FUNCTION =
      Pattern.compile("(?ms)^JNIEXPORT \\w+ JNICALL Java_.*?^\\}\n");

  @TempDir private Path folder;

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".cpp")).toList();
      assertThat(sources).hasSizeGreaterThan(1);
      return sources;
    }
  }

  private String sorted(String text) throws Exception {
    Path source = Files.writeString(folder.resolve("jniSource.cpp"), text);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {BUILD.toUri().toURL()})) {
      Method sort = loader.loadClass("SortedJni").getDeclaredMethod("sort", Path.class);
      sort.setAccessible(true);
      sort.invoke(null, source);
    } catch (InvocationTargetException e) {
      // Not the cause: Surefire does not report exceptions whose class it cannot load.
      throw new IllegalStateException(e.getCause().getMessage());
    }
    return Files.readString(source);
  }

  @Test
  final void anyOrderGivesTheSameSource() throws Exception {
    for (Path source : sources()) {
      String text = Files.readString(source);
      assertThat(sorted(text)).isEqualTo(text);
      for (long seed = 1; seed <= 5; seed++) {
        String shuffled = shuffled(text, seed);
        assertThat(shuffled).isNotEqualTo(text);
        assertThat(sorted(shuffled)).as("%s, seed %d", source, seed).isEqualTo(text);
      }
    }
  }

  /** What JavaCPP would have written if it had met everything in another order. */
  private static String shuffled(String text, long seed) {
    UnaryOperator<List<String>> shuffle =
        list -> {
          List<String> other = new ArrayList<>(list);
          Collections.shuffle(other, new Random(seed)); // two lists of one size in the same way
          return other;
        };
    List<String> numbers =
        IntStream.range(0, rows(text, "classNames").size()).mapToObj(String::valueOf).toList();
    List<String> old = shuffle.apply(numbers);
    String other = text;
    for (String table : List.of("classNames", "members", "offsets", "memberOffsetSizes")) {
      MatchResult found = table(other, table);
      List<String> rows =
          shuffle.apply(rows(other, table)).stream()
              .map(row -> row.startsWith("{ ") ? "{ " + members(row, shuffle) + " }" : row)
              .toList();
      other =
          other.substring(0, found.start(2))
              + String.join("," + found.group(1), rows)
              + other.substring(found.end(2));
    }
    other = NUMBER.matcher(other).replaceAll(use -> "(env, " + old.indexOf(use.group(1)));
    assertThat(other).containsPattern(FUNCTION);
    return parts(parts(other, DEALLOCATOR, shuffle), FUNCTION, shuffle);
  }

  /** The white space between the rows of a table, and the rows. */
  private static MatchResult table(String text, String name) {
    String shape = "JavaCPP_" + name + "(?:\\[\\d+\\])+ = \\{(\\s+)(.*?) \\};\n";
    Matcher matcher = Pattern.compile(shape, Pattern.DOTALL).matcher(text);
    assertThat(matcher.find()).as(name).isTrue();
    return matcher.toMatchResult();
  }

  private static List<String> rows(String text, String name) {
    MatchResult table = table(text, name);
    return List.of(table.group(2).split("," + table.group(1)));
  }

  private static String members(String row, UnaryOperator<List<String>> shuffle) {
    String[] members = row.substring(2, row.length() - 2).split(", (?=\"|offsetof|sizeof)");
    return String.join(", ", shuffle.apply(List.of(members)));
  }

  private static String parts(String text, Pattern part, UnaryOperator<List<String>> shuffle) {
    List<String> parts = part.matcher(text).results().map(MatchResult::group).toList();
    Iterator<String> others = shuffle.apply(parts).iterator();
    return part.matcher(text).replaceAll(old -> Matcher.quoteReplacement(others.next()));
  }

  /** Each would be, or might be, the number of another class after the build has sorted them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "JavaCPP_getClass(env, 1) | JavaCPP_getClass(env, 999)",
        "JavaCPP_getClass(env, 1) | JavaCPP_getClass(env, 1 + 1)",
        "JavaCPP_getClass(env, 1) | JavaCPP_getClass(1, env)",
        "JavaCPP_getClass(env, 1) | JavaCPP_getClassAgain(env, 1)",
        "JavaCPP_getClass(env, 1) | JavaCPP_classes[1]",
        "JavaCPP_getClass(env, 1) | JavaCPP_getClass(env, number)",
        "JavaCPP_getClass(JNIEnv* env, int i) | JavaCPP_getSuper(JNIEnv* env, int i)",
        "JavaCPP_classNames[ | JavaCPP_otherNames[",
        "static int JavaCPP_offsets[ | static long JavaCPP_offsets[",
        "= { 1, 1, | = { 1, 2,",
        "= { 1, 1, | = { 1,",
        "{ \"sizeof\" }, | { \"size\" },",
        "{ NULL }, | {},",
        "{ NULL }, | { NULL, NULL },",
      })
  final void whatIsNotKnownIsRefused(String known, String unknown) throws Exception {
    String text = Files.readString(SOURCES.resolve("jnijavacpp.cpp"));
    String numbered = NUMBER.matcher(text).replaceFirst("(env, 1");
    String changed =
        numbered
            .replaceFirst("JavaCPP_get\\w+\\(env, 1", "JavaCPP_getClass(env, 1")
            .replaceFirst(Pattern.quote(known), Matcher.quoteReplacement(unknown));
    assertThat(changed).isNotEqualTo(numbered);
    assertThatThrownBy(() -> sorted(changed))
        .hasMessageStartingWith(folder.resolve("jniSource.cpp") + " is not as build/native/Sorted");
    assertThat(folder.resolve("jniSource.cpp")).hasContent(changed);
  }
}
