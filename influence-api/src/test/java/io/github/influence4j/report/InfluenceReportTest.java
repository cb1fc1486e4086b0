/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InfluenceReportTest {
  @TempDir Path folder;

  @Test
  void showsTokensWithTheirParts() {
    assertThat(TestReports.small().toHtml())
        .contains("<span class=c>The</span>")
        .contains("<span class=p5 title=+6><i> </i>cat</span>")
        .contains("<span class=n1 title=−1><i class=n></i>\n<i class=t>\t</i>sat</span>")
        .contains("<span class=p4 title=+4><i> </i>down</span>")
        .contains("<tr><th scope=row colspan=2>All tokens<td>+9");
  }

  @Test
  void ranksWithSignAndSize() {
    String html = TestReports.small().toHtml();
    assertThat(html)
        .containsSubsequence("document 7", "+9", "document 8", "+3", "document 9", "−2");
    assertThat(html).contains("<strong>75\u2009%</strong> of all positive influence");
  }

  @Test
  void givesTheSameBytesTwice() {
    assertThat(TestReports.large(1, 2, 10, 200).toHtml())
        .isEqualTo(TestReports.large(1, 2, 10, 200).toHtml());
  }

  /** Only our own markup opens: every other angle bracket is escaped. */
  @Test
  void hostileTextOpensNoElement() {
    assertOwnMarkupOnly(TestReports.hostile().toHtml());
  }

  /** Nor does it end a comment, in which the parts of a long page wait. */
  @Test
  void hostileTextEndsNoComment() {
    String html = TestReports.hostileAndLong().toHtml();
    int end = html.indexOf("<script>");
    String store = html.substring(html.indexOf("<div id=parts hidden>"), end);
    String waiting = store.replaceAll("(?s)^<div id=parts hidden><!--|--></div>\\s*$", "");
    String[] parts = waiting.split("--><!--", -1);
    assertThat(parts).hasSizeGreaterThan(20);
    assertThat(parts).noneMatch(part -> part.contains("-->") || part.contains("<!--"));
    assertOwnMarkupOnly(html.replace(store, String.join("", parts)));
  }

  private static void assertOwnMarkupOnly(String html) {
    Pattern elements =
        Pattern.compile(
            "</?(html|head|meta|title|style|body|a|header|h[1-4]|p|section|strong|em|ul|ol|li|nav"
                + "|main|div|span|i|b|bdi|details|summary|table|caption|thead|tbody|tfoot|tr|th|td"
                + "|button|noscript|figure|svg|path|text|figcaption|footer|script)[ >]|<!DOCTYPE html>");
    String script = html.substring(html.indexOf("<script>") + 8, html.lastIndexOf("</script>"));
    String markup = html.replace(script, "");
    assertThat(elements.matcher(markup).replaceAll("")).doesNotContain("<");
    assertThat(markup.split("<script>", -1)).hasSize(2);
    assertThat(markup.split("<style>", -1)).hasSize(2);
    assertThat(markup.split("</title>", -1)).hasSize(2);
    assertThat(markup).doesNotContain("\0", "\u001b", "\r", "\u202e", "\u2066");
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(html)).isTrue();
  }

  /** No corpus text stands in an attribute, so none can end one. */
  @Test
  void hostileTextStandsInNoAttribute() {
    String plain = TestReports.hostile().toHtml();
    Pattern tag = Pattern.compile("<[a-z][^>]*>");
    assertThat(tag.matcher(plain).results().map(match -> match.group()))
        .noneMatch(t -> t.contains("owned") || t.contains("&") || t.contains("onmouse"));
  }

  /** Ten queries with 20 hits of 256 tokens: a page that a browser opens without a thought. */
  @Test
  void aLargeReportHasAFewMegabytes() {
    int bytes =
        TestReports.large(10, 10, 256, 1000).toHtml().getBytes(StandardCharsets.UTF_8).length;
    System.out.printf("10 queries x 20 hits x 256 tokens: %.1f MB%n", bytes / 1e6);
    assertThat(bytes).isLessThan(5_000_000);
  }

  private static int bytes(InfluenceReport report) {
    return report.toHtml().getBytes(StandardCharsets.UTF_8).length;
  }

  /** What a browser lays out at once: all that stands in no comment. */
  private static int laidOut(String html) {
    int parts = html.indexOf("<div id=parts hidden>");
    return parts < 0 ? html.length() : html.length() - (html.lastIndexOf("<script>") - parts);
  }

  private static String bounded(InfluenceReport report) {
    String html = report.toHtml();
    System.out.printf(
        "%s: %.1f MB, %.1f MB at once%n", report.title(), html.length() / 1e6, laidOut(html) / 1e6);
    assertThat(html.length()).isLessThan(90_000_000);
    assertThat(laidOut(html)).isLessThan(2_500_000);
    return html;
  }

  @Test
  void pagesOfAnySizeAreBoundedAndSayWhatIsLeftOut() {
    assertThat(bounded(TestReports.hits(100_000, 10)))
        .contains("The 10,000 strongest of 100,000 are listed; 90,000 are left out of this page")
        .contains("Examples 1 to 50 of 10,000")
        .contains("Without JavaScript only the beginning");
    assertThat(bounded(TestReports.queries(3000)))
        .contains("The first 1,000 of 3,000 queries are shown; 2,000 are left out");
    assertThat(bounded(TestReports.hits(1, 2_000_000)))
        .containsPattern("Tokens [0-9,]+ to [0-9,]+ of 2,000,000 are shown, around the strongest");
    assertThat(bounded(TestReports.hits(1, 200_000))).doesNotContain("left out");
    assertThat(bounded(TestReports.hits(2000, 256))).doesNotContain("left out");
    bounded(TestReports.hits(20, 50_000));
    assertThat(bounded(TestReports.small()))
        .doesNotContain("left out", "noscript", "class=pager", "id=parts");
  }

  @Test
  void longNamesAndTokensAreCut() {
    String name = "x".repeat(499) + "\ud83d\ude80" + "y".repeat(1_000_000);
    ReportHit hit = new ReportHit(name, 1, ReportToken.context(List.of(name)), Map.of(name, 1.0));
    ReportQuery query = new ReportQuery(name, List.of(), List.of(hit), List.of(), new double[0]);
    InfluenceReport report = new InfluenceReport("", List.of(), List.of(query));
    assertThat(bytes(report)).isLessThan(40_000);
    assertThat(report.toHtml()).contains("x".repeat(499) + "… (1000002 characters more)");
  }

  @Test
  void emptyReportsAreReportsToo() {
    assertThat(new InfluenceReport("", List.of(), List.of()).toHtml())
        .contains("There are no queries in this report.");
    ReportQuery bare = new ReportQuery("", List.of(), List.of(), List.of(), new double[0]);
    assertThat(new InfluenceReport("", List.of(), List.of(bare)).toHtml())
        .contains("No training example speaks for this query.")
        .contains("No training example speaks against this query.")
        .doesNotContain("<svg");
  }

  private static String pageOf(double[] scores) {
    ReportQuery query = new ReportQuery("", List.of(), List.of(), List.of(), scores);
    return new InfluenceReport("", List.of(), List.of(query)).toHtml();
  }

  /** Quantiles stand for random scores, so the verdicts are certain. */
  @Test
  void saysWhetherTheTailIsAPowerLaw() {
    double[] quantiles = IntStream.range(0, 2000).mapToDouble(i -> (i + 0.5) / 2000).toArray();
    assertThat(pageOf(Arrays.stream(quantiles).map(u -> Math.pow(u, -1 / 1.5)).toArray()))
        .contains("Their tail is compatible with a power law of exponent 2.5 ±")
        .contains("class=law");
    assertThat(pageOf(quantiles))
        .contains("A power law does not describe their tail", "(p < 0.01)");
    assertThat(pageOf(new double[] {1, 2, 3}))
        .contains("There are too few positive scores to fit their tail.")
        .doesNotContain("class=law");
  }

  @Test
  void drawsScoresOfEveryKind() {
    for (double[] scores :
        List.of(
            new double[] {0, 0},
            new double[] {-1, -2},
            new double[] {1},
            new double[] {1, 1, 1},
            new double[] {Double.MAX_VALUE, Double.MAX_VALUE},
            new double[] {Double.MIN_VALUE, Double.MIN_VALUE},
            new double[] {Double.MIN_VALUE, Double.MAX_VALUE},
            new double[] {-Double.MAX_VALUE, Double.MAX_VALUE})) {
      assertThat(pageOf(scores)).contains("<svg").doesNotContain("NaN").doesNotContain("Infinity");
    }
  }

  @Test
  void writesAndReplaces() throws IOException {
    Path file = folder.resolve("report.html");
    Files.writeString(file, "old");
    TestReports.small().write(file);
    assertThat(file).hasContent(TestReports.small().toHtml());
    assertThat(folder).isDirectoryContaining(path -> path.equals(file));
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void saysWhyItCannotWrite() throws IOException {
    Path nowhere = folder.resolve("missing/report.html");
    assertThatThrownBy(() -> TestReports.small().write(nowhere))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(nowhere + ": its folder does not exist");
    Path taken = Files.createDirectory(folder.resolve("taken"));
    Files.createFile(taken.resolve("file"));
    assertThatThrownBy(() -> TestReports.small().write(taken))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(taken.toString());
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void refusesNumbersThatAreNone() {
    List<ReportToken> none = List.of();
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new ReportHit("seven", bad, none, Map.of()))
          .withMessageContaining("the score of \"seven\" is " + bad);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new ReportHit("seven", 1, none, Map.of("fc", bad)))
          .withMessageContaining("layer \"fc\" is " + bad);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new ReportQuery("q", none, List.of(), List.of(), new double[] {bad}))
          .withMessageContaining("a score of query \"q\" is " + bad);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ReportToken("word", Double.NEGATIVE_INFINITY))
        .withMessageContaining("\"word\"");
  }

  @Test
  void scoresBelongToTheLastTokens() {
    List<String> texts = List.of("a", "b", "c");
    assertThat(ReportToken.scored(texts, new double[] {1, 2}))
        .containsExactly(
            new ReportToken("a", Double.NaN), new ReportToken("b", 1), new ReportToken("c", 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReportToken.scored(texts, new double[4]))
        .withMessageContaining("4 scores for 3 tokens");
  }
}
