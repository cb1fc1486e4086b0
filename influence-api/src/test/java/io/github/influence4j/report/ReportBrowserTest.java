/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page in a real browser. Without one the tests are left out; {@code
 * -Dinfluence4j.test.requireBrowser=true} makes its absence a failure.
 */
class ReportBrowserTest {
  private static final int TAB = 9;
  private static final int ENTER = 13;

  @TempDir static Path folder;

  private static Chromium browser;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Optional<Path> binary = Chromium.find();
    if (!Boolean.getBoolean("influence4j.test.requireBrowser")) {
      assumeTrue(binary.isPresent(), "no Chromium or Chrome on the path");
    }
    assertThat(binary).as("a Chromium or Chrome on the path").isPresent();
    // Not a temporary folder: processes of the browser may still write there at the end.
    Path profile = Files.createTempDirectory(Path.of("target"), "chromium-").toAbsolutePath();
    browser = new Chromium(binary.get(), profile);
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private static void open(InfluenceReport report) throws IOException, InterruptedException {
    Path page = folder.resolve("page.html");
    report.write(page);
    browser.open(page);
  }

  private static String count(String selector) throws InterruptedException {
    return browser.evaluate("document.querySelectorAll('" + selector + "').length");
  }

  @Test
  void hostileTextIsTextAndNothingElse() throws IOException, InterruptedException {
    open(TestReports.hostile());
    assertThat(browser.console()).isEmpty();
    String shown = browser.evaluate("document.body.textContent");
    for (String part :
        List.of(
            "</script><script>document.title='owned'</script>",
            "<img src=x onerror=\"document.title='owned'\">",
            "]]></style><style>*{display:none}</style>",
            "nul U+0000 esc U+001B[31m cr U+000D",
            "right U+202Egnp.exe left U+2066isolate",
            "half U+D800 pair U+DC00",
            "&lt;b&gt; &#x202e;")) {
      assertThat(shown).contains(part);
    }
    assertThat(browser.evaluate("document.title"))
        .isEqualTo(
            String.join(" ", TestReports.HOSTILE)
                .replace("\0", "U+0000")
                .replace("\u001b", "U+001B")
                .replace("\r", "U+000D")
                .replace("\u202e", "U+202E")
                .replace("\u2066", "U+2066")
                .replace("\ud800 ", "U+D800 ")
                .replaceFirst("\udc00 ", "U+DC00 "));
    assertThat(count("script")).isEqualTo("1");
    assertThat(count("style")).isEqualTo("1");
    assertThat(count("img, iframe, object, embed, link, base, form, textarea")).isEqualTo("0");
    assertThat(
            browser.evaluate(
                "[...document.querySelectorAll('*')].filter(e => "
                    + "[...e.attributes].some(a => a.name.startsWith('on'))).length"))
        .isEqualTo("0");
    assertThat(count("main > section")).isEqualTo("2");
  }

  /** Would a planted script run after all, the policy would stop it. */
  @Test
  void thePolicyStopsForeignScripts() throws IOException, InterruptedException {
    open(TestReports.small());
    browser.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
            + " {textContent: 'document.title = 1'}))");
    assertThat(browser.evaluate("document.title")).isEqualTo("Cats");
    assertThat(browser.console()).hasSize(1).first().asString().contains("Content Security Policy");
  }

  @Test
  void selectedTextIsTheTrueText() throws IOException, InterruptedException {
    open(TestReports.small());
    browser.evaluate("getSelection().selectAllChildren(document.querySelector('.hit .text'))");
    assertThat(browser.evaluate("getSelection().toString()")).isEqualTo("The cat\n\tsat down");
    assertThat(
            browser.evaluate("getComputedStyle(document.querySelector('.hit .text')).userSelect"))
        .isEqualTo("text");
  }

  @Test
  void everyControlIsReachedByKeyboardInReadingOrder() throws IOException, InterruptedException {
    open(TestReports.small());
    List<String> focused = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      browser.press("Tab", TAB);
      if (browser.evaluate("document.activeElement === document.body").equals("true")) {
        break;
      }
      focused.add(
          browser.evaluate(
              "(e => e.ariaLabel || (e.querySelector('.label') || e).textContent.trim())"
                  + "(document.activeElement)"));
      assertThat(browser.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
          .as("outline of %s", focused)
          .isEqualTo("solid");
    }
    List<String> section =
        List.of(
            "Open all",
            "Close all",
            "document 7",
            "Every token with its part",
            "Layers",
            "document 8",
            "document 9",
            "Layers",
            "The distribution in numbers");
    List<String> expected = new ArrayList<>(List.of("Skip to the results", "First", "Second"));
    expected.addAll(section);
    expected.addAll(section);
    assertThat(focused).isEqualTo(expected);
  }

  @Test
  void enterOpensATableOfAllTokens() throws IOException, InterruptedException {
    open(TestReports.small());
    browser.evaluate("document.querySelector('.every > summary').focus()");
    browser.press("Enter", ENTER);
    // The table is filled by an event that comes after the key.
    browser.send(
        "Runtime.evaluate",
        "{\"expression\":\"new Promise(done => setTimeout(done, 50))\",\"awaitPromise\":true}");
    assertThat(browser.evaluate("document.querySelector('.every').open")).isEqualTo("true");
    assertThat(browser.evaluate("document.querySelector('.every tbody').textContent"))
        .isEqualTo("The1none cat2+6\n\tsat3−1 down4+4");
    browser.evaluate("document.querySelector('.tools button:last-child').click()");
    assertThat(count("#q1 details.hit[open]")).isEqualTo("0");
    assertThat(count("#q2 details.hit[open]")).isEqualTo("2");
    browser.evaluate("document.querySelector('.tools button').click()");
    assertThat(count("#q1 details.hit[open]")).isEqualTo("3");
  }

  @Test
  void headingsTablesAndPicturesHaveNames() throws IOException, InterruptedException {
    open(TestReports.large(2, 2, 20, 500));
    assertThat(browser.console()).isEmpty();
    assertThat(count("h1")).isEqualTo("1");
    assertThat(
            browser.evaluate(
                "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
                    + ".some((level, i, all) => i > 0 && level > all[i - 1] + 1)"))
        .isEqualTo("false");
    assertThat(count("table:not(:has(> caption))")).isEqualTo("0");
    assertThat(count("th:not([scope])")).isEqualTo("0");
    assertThat(count("svg:not([role=img][aria-label])")).isEqualTo("0");
    assertThat(count("header, main, footer, nav[aria-label]")).isEqualTo("4");
    assertThat(browser.evaluate("document.documentElement.lang")).isEqualTo("en");
    assertThat(
            browser.evaluate(
                "[...document.querySelectorAll('[aria-labelledby]')]"
                    + ".every(e => document.getElementById(e.getAttribute('aria-labelledby')))"))
        .isEqualTo("true");
  }

  private static void openedWithin(InfluenceReport report, String what)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    open(report);
    double seconds = (System.nanoTime() - start) / 1e9;
    String paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
    System.out.printf(
        "%s: written, opened and loaded in %.2f s, load event after %s ms, first paint %s ms,"
            + " %s elements%n",
        what,
        seconds,
        browser.evaluate("performance.timing.loadEventStart - performance.timing.navigationStart"),
        browser.evaluate(paint),
        count("*"));
    assertThat(browser.console()).isEmpty();
    assertThat(Integer.parseInt(count("*"))).isLessThan(60_000);
  }

  private static void click(String selector) throws InterruptedException {
    browser.evaluate("document.querySelector('" + selector + "').click()");
    // What is opened is filled by an event that comes later.
    browser.send(
        "Runtime.evaluate",
        "{\"expression\":\"new Promise(done => setTimeout(done, 50))\",\"awaitPromise\":true}");
  }

  private static String text(String selector) throws InterruptedException {
    return browser.evaluate("document.querySelector('" + selector + "').textContent");
  }

  @Test
  void thousandsOfHitsOpenPageByPage() throws IOException, InterruptedException {
    openedWithin(TestReports.hits(2000, 256), "2,000 hits of 256 tokens");
    assertThat(count(".hits > li")).isEqualTo("51");
    assertThat(text(".pager [role=status]")).isEqualTo("Examples 1 to 50 of 2,000");
    browser.evaluate("document.querySelector('.pager [data-step=\"1\"]').focus()");
    browser.press("Enter", ENTER);
    assertThat(text(".pager [role=status]")).isEqualTo("Examples 51 to 100 of 2,000");
    assertThat(text(".hits .label")).isEqualTo("document 50");
    assertThat(browser.evaluate("document.activeElement.textContent")).isEqualTo("Next");
    assertThat(browser.evaluate("document.querySelector('.hits').start")).isEqualTo("51");
    for (int page = 2; page < 45; page++) {
      click(".pager [data-step=\"1\"]");
    }
    assertThat(text(".pager [role=status]")).isEqualTo("Examples 1,951 to 2,000 of 2,000");
    assertThat(
            browser.evaluate("document.querySelector('.pager [aria-disabled=true]').textContent"))
        .isEqualTo("Next");
    click(".hits summary");
    assertThat(text(".hit[open] .text")).startsWith(" w0 w1 w2").endsWith(" w255");
    assertThat(text(".hit[open] tfoot")).contains("All tokens");
    click(".pager [data-step=\"-1\"]");
    click(".pager [data-step=\"1\"]");
    assertThat(text(".hit[open] .label")).as("what was open stays open").isEqualTo("document 1950");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void moreHitsThanAnybodyReads() throws IOException, InterruptedException {
    openedWithin(TestReports.hits(100_000, 10), "100,000 hits");
    assertThat(text(".left + .pager [role=status]")).isEqualTo("Examples 1 to 50 of 10,000");
  }

  @Test
  void longTextsOpenAtTheStrongestToken() throws IOException, InterruptedException {
    openedWithin(TestReports.hits(1, 200_000), "a text of 200,000 tokens");
    String label = text(".hit .pager [role=status]");
    assertThat(label).matches("Tokens [0-9,]+ to [0-9,]+ of 200,000");
    String place = "document.querySelector('.hit .text').dataset.first";
    int first = Integer.parseInt(browser.evaluate(place));
    assertThat(text(".hit .text")).startsWith(" w" + (first - 1) + " ").contains(" w100000 ");
    click(".every > summary");
    assertThat(text(".every tbody tr")).startsWith(" w" + (first - 1)).contains("" + first);
    click(".hit .pager [data-step=\"1\"]");
    assertThat(text(".hit .text")).doesNotContain(" w100000 ");
    assertThat(text(".every tbody")).isEmpty();
    click(".every > summary");
    assertThat(text(".every tbody tr")).contains(browser.evaluate(place));
  }

  @Test
  void queriesOpenWhenTheyAreAskedFor() throws IOException, InterruptedException {
    openedWithin(TestReports.queries(900), "900 queries");
    assertThat(count("section > h2")).isEqualTo("901"); // with the legend
    assertThat(count("#q1 .hit")).isEqualTo("1");
    assertThat(count("#q900 .hit")).isEqualTo("0");
    click("a[href=\"#q900\"]");
    assertThat(text("#q900 .hit .label")).isEqualTo("hit of 899");
    assertThat(count("#q899 .hit")).isEqualTo("0");
    click("#q899 summary");
    assertThat(text("#q899 .hit .label")).isEqualTo("hit of 898");
    assertThat(count("#q899 svg")).isEqualTo("2");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void hostileTextStaysTextWhenItIsOpenedLater() throws IOException, InterruptedException {
    openedWithin(TestReports.hostileAndLong(), "hostile text");
    for (int page = 0; page < 30; page++) {
      click(".side .pager [data-step=\"1\"]");
      click(".hits .hit:not([open]) summary");
    }
    click("#q2 summary");
    assertThat(browser.console()).isEmpty();
    assertThat(browser.evaluate("document.title")).isEqualTo("Hostile");
    assertThat(count("script")).isEqualTo("1");
    assertThat(count("img, iframe, object, embed, link, base, form, textarea")).isEqualTo("0");
    assertThat(count("main > section")).isEqualTo("2");
    assertThat(text(".hit[open] .text"))
        .contains("</script><script>document.title='owned'</script>");
  }

  @Test
  void aNarrowScreenNeedsNoSidewaysScrolling() throws IOException, InterruptedException {
    for (InfluenceReport report :
        List.of(TestReports.large(1, 2, 60, 500), TestReports.hostile())) {
      open(report);
      browser.send(
          "Emulation.setDeviceMetricsOverride",
          "{\"width\":320,\"height\":640,\"deviceScaleFactor\":1,\"mobile\":false}");
      assertThat(browser.evaluate("document.documentElement.scrollWidth"))
          .isEqualTo(browser.evaluate("document.documentElement.clientWidth"));
      browser.send("Emulation.clearDeviceMetricsOverride", "{}");
    }
  }

  @Test
  void followsTheDarkTheme() throws IOException, InterruptedException {
    open(TestReports.small());
    String paper = "getComputedStyle(document.body).backgroundColor";
    String light = browser.evaluate(paper);
    browser.send(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"dark\"}]}");
    assertThat(browser.evaluate(paper)).isNotEqualTo(light);
    browser.send("Emulation.setEmulatedMedia", "{\"features\":[]}");
  }
}
