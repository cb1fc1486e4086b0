/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The first page of the Javadoc: its program is compiled, and its table names every package. */
final class OverviewTest {
  private static final Path OVERVIEW = Path.of("src/main/javadoc/overview.html");
  private static final Path PROGRAM =
      Path.of("../examples/basics/src/main/java/io/github/influence4j/examples/QuickStart.java");

  private static List<String> all(String regex) throws IOException {
    return Pattern.compile(regex, Pattern.DOTALL)
        .matcher(Files.readString(OVERVIEW))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static String words(String text) {
    return text.replaceAll("\\s+", "");
  }

  @Test
  void theProgramIsQuickStart() throws IOException {
    List<String> programs = all("<pre>(.*?)}\\n</pre>");
    assertThat(programs).hasSize(1);
    String shown = programs.get(0).replace("&gt;", ">");
    assertThat(shown.lines().count()).isLessThanOrEqualTo(16);
    assertThat(words(Files.readString(PROGRAM))).contains(words(shown));
  }

  @Test
  void everyExportedPackageIsNamed() throws IOException {
    Set<String> exported =
        ModuleFinder.of(Path.of("target/classes")).find("io.github.influence4j.api").stream()
            .flatMap(api -> api.descriptor().exports().stream())
            .filter(export -> !export.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(new TreeSet<>(all("\\{@link ([a-z0-9.]+)}"))).isEqualTo(exported);
  }
}
