/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** No text changes what elements a page has, in the open or in the parts that wait. */
class ReportFuzzTest {
  private static final String[] PIECES = {
    "<",
    ">",
    "-->",
    "--",
    "<!--",
    "--!>",
    "&",
    "&gt;",
    "\"",
    "'",
    "<script>",
    "</div>",
    "]]>",
    "=",
    "\0",
    "\u001b[31m",
    "\r\n",
    "\t",
    "\u202e",
    "\ud800",
    "\udc00",
    "\u2028",
    "\ud83d\ude80",
    "word",
    "<!-",
    "->",
    "`",
    "\\"
  };
  private static final Pattern TAG = Pattern.compile("<[^>]*>");

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  /** The same report every time but for its texts. */
  private static InfluenceReport report(Random random, boolean harmless) {
    Map<String, Double> layers = new LinkedHashMap<>();
    for (int l = 0; l < 5; l++) {
      layers.put((harmless ? "layer" : text(random)) + "/" + l, 1.0);
    }
    List<ReportHit> hits = new ArrayList<>();
    for (int h = 0; h < 60; h++) {
      List<ReportToken> tokens = new ArrayList<>();
      for (int t = 0; t < 5; t++) {
        tokens.add(new ReportToken(harmless ? "word" : "word" + text(random), t - 2));
      }
      hits.add(new ReportHit(harmless ? "label" : text(random), 200 - h, tokens, layers));
    }
    String label = harmless ? "query" : text(random);
    ReportQuery query = new ReportQuery(label, List.of(), hits, List.of(), new double[0]);
    return new InfluenceReport("", List.of(harmless ? "note" : text(random)), List.of(query));
  }

  /** All tags but those that make invisible characters and white space visible. */
  private static List<String> elements(String html) {
    return TAG.matcher(html)
        .results()
        .map(tag -> tag.group())
        .filter(tag -> !tag.startsWith("<i") && !tag.equals("</i>"))
        .toList();
  }

  @Test
  void textsChangeNoElement() {
    FuzzBudget budget = FuzzBudget.ofSeconds(1.5);
    List<String> expected = elements(report(new Random(0), true).toHtml());
    assertThat(expected.stream().filter(tag -> tag.startsWith("<!--"))).hasSize(1);
    for (int round = 0; budget.allows(round); round++) {
      String html = report(SeededRandom.at("report texts", round), false).toHtml();
      assertThat(elements(html)).as("round %d", round).isEqualTo(expected);
      assertThat(html).doesNotContain("\0", "\u001b", "\r", "\u202e", "\u2028");
      assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(html)).isTrue();
    }
  }
}
