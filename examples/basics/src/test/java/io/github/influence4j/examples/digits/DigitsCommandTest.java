/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.Cli;
import io.github.influence4j.testing.Mounts;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class DigitsCommandTest {
  @TempDir private Path folder;

  @Test
  void explainsDigitsAndFindsWrongLabels() throws Exception {
    Path report = folder.resolve("report.html");
    Cli run = Cli.run("digits", "--report", report, "--epochs", 6, "--queries", 4, "--top", 3);
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains(
            "test digits right", "proponents", "opponents", "misclassified as", "layers: fc1");

    // 72 labels are flipped. Looking at 72 digits by chance finds 5 % of them; ask for ten times
    // that.
    Matcher budget = Pattern.compile("(?m)^ +72 \\( 5 %\\) +(\\d+) % +(\\d+) %").matcher(run.out());
    assertThat(budget.find()).isTrue();
    assertThat(Integer.parseInt(budget.group(1))).isGreaterThan(50);

    checkReport(Files.readString(report));
  }

  private static void checkReport(String html) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    Document page =
        factory
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
    assertThat(page.getElementsByTagName("h1").getLength()).isEqualTo(1);
    assertThat(page.getElementsByTagName("h2").getLength()).isEqualTo(2);
    assertThat(page.getElementsByTagName("h3").getLength()).isEqualTo(4 + 1);
    NodeList images = page.getElementsByTagName("img");
    assertThat(images.getLength()).isBetween(4 + 24 + 4, 4 + 24 + 4 * 6);
    for (int i = 0; i < images.getLength(); i++) {
      assertThat(images.item(i).getAttributes().getNamedItem("alt").getNodeValue()).isNotBlank();
    }
    assertThat(html)
        .contains("Mislabel hunt", "CC BY 4.0", "prefers-color-scheme", "Proponents", "Opponents")
        .doesNotContain("src=\"http", "href=\"http", "url(");
  }

  @ParameterizedTest
  @CsvSource({
    "--top,0,--top must be 1 to 1437",
    "--queries,400,--queries: 1 to 360",
    "--epochs,-1,--epochs must be 1",
    "--epochs,many,'many' is not an int",
    "--strategy,shampoo,'shampoo'",
    "--backend,abacus,No backend named \"abacus\"",
    "--blocks,0,blocks must be at least 1",
    "--report,no/such/folder/x.html,name a file in a folder that exists",
    "--reprot,x,Unknown option",
  })
  void saysInOneLineWhatIsWrong(String option, String value, String message) {
    Cli run = Cli.run("digits", option, value);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err().strip()).contains(message).startsWith("error: ").hasLineCount(1);
  }

  private static final Object[] QUICK = {"--epochs", 1, "--queries", 1, "--no-mislabels"};

  private static Cli quick(Path report) {
    List<Object> arguments = new ArrayList<>(List.of("digits", "--report", report));
    arguments.addAll(List.of(QUICK));
    return Cli.run(arguments.toArray());
  }

  /** Free space for part of the page only. */
  @Test
  void aFullDiskLeavesTheOldReport() throws Exception {
    try (Mounts disk = Mounts.tmpfs(Files.createDirectory(folder.resolve("disk")), "8k")) {
      Path report = Files.writeString(disk.folder().resolve("report.html"), "old");
      Cli run = quick(report);
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err().strip())
          .isEqualTo("error: " + report + ": No space left on device")
          .hasLineCount(1);
      assertThat(report).hasContent("old");
      try (Stream<Path> files = Files.list(disk.folder())) {
        assertThat(files).containsExactly(report);
      }
    }
  }

  @Test
  void reportsThatCannotBeWrittenAreToldAtOnce() throws Exception {
    for (Path bad : List.of(Path.of("/dev/null"), folder)) {
      Cli run = quick(bad);
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err()).startsWith("error: --report: cannot write " + bad + ": is a ");
      assertThat(run.out()).isEmpty();
    }
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
  }

  @Test
  void namesOfFilesDoNotCommandTheTerminal() {
    Path report = folder.resolve("a\u001b[31m\u202e\nb.html");
    Cli run = quick(report);
    assertThat(run.code()).isZero();
    assertThat(report).exists();
    assertThat(run.out())
        .contains("a\\u001b[31m\\u202e\\nb.html   (")
        .doesNotContain("\u001b", "\u202e", "\nb");
    Cli missing = quick(folder.resolve("\u001b[2Jmissing/report.html"));
    assertThat(missing.err()).contains("\\u001b[2Jmissing").doesNotContain("\u001b");
  }

  @Test
  void escapesText() {
    assertThat(Html.escape("a\u001bb\u202ec\nd")).isEqualTo("a\\u001bb\\u202ec\\nd");
    assertThat(Html.escape("<a href=\"x\">&'")).isEqualTo("&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  }

  @Test
  void devicesAreNumbersOfABackendThatHasThem() {
    Path report = folder.resolve("report.html");
    Cli none = Cli.run("digits", "--report", report, "--device", "0,1", "--epochs", 1);
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err().strip())
        .startsWith("error: No backend for devices [0, 1]. Found: ")
        .contains("it has no devices to choose from, [0, 1] are asked for; cuda has")
        .hasLineCount(1);
    Cli word = Cli.run("digits", "--device", "cuda:1");
    assertThat(word.code()).isEqualTo(2);
    assertThat(word.err().strip())
        .startsWith("error: Invalid value for option '--device' (N): 'cuda:1' is not an int")
        .hasLineCount(1);
  }

  @Test
  void helpNamesEveryOption() {
    Cli run = Cli.run("digits", "--help");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("--seed", "--report", "--top", "--queries", "--epochs", "--precision")
        .contains("--backend", "--device", "--strategy", "--no-mislabels");
  }
}
