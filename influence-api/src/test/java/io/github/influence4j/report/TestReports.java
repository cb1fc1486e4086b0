/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Reports to test with. */
final class TestReports {
  /** What somebody could plant in a corpus. */
  static final List<String> HOSTILE =
      List.of(
          "</script><script>document.title='owned'</script>",
          "</title><img src=x onerror=\"document.title='owned'\">",
          "\"><svg onload=document.title='owned'>",
          "' onmouseover='document.title=1",
          "]]></style><style>*{display:none}</style>",
          "<!--",
          "&lt;b&gt; &#x202e;",
          "nul \0 esc \u001b[31m cr \r",
          "right \u202egnp.exe left \u2066isolate",
          "half \ud800 pair \udc00",
          "</textarea></details></section></main>");

  private TestReports() {}

  /** Two queries, of two proponents and one opponent each. */
  static InfluenceReport small() {
    ReportHit first =
        new ReportHit(
            "document 7",
            9,
            ReportToken.scored(List.of("The", " cat", "\n\tsat", " down"), new double[] {6, -1, 4}),
            Map.of("fc", 9.0));
    ReportHit second = new ReportHit("document 8", 3, ReportToken.context(List.of("A")), Map.of());
    ReportHit against = new ReportHit("document 9", -2, List.of(), Map.of());
    List<ReportQuery> queries = new ArrayList<>();
    for (String label : List.of("First", "Second")) {
      queries.add(
          new ReportQuery(
              label,
              ReportToken.context(List.of("Where", " did", " it", " sit", "?")),
              List.of(first, second),
              List.of(against),
              new double[] {9, 3, -2, 0}));
    }
    return new InfluenceReport("Cats", List.of("Unit: nats."), queries);
  }

  /** Hostile text in every field that takes text. */
  static InfluenceReport hostile() {
    String all = String.join(" ", HOSTILE);
    double[] scores = new double[HOSTILE.size()];
    Arrays.setAll(scores, i -> 1 - 0.3 * i);
    List<ReportToken> tokens = ReportToken.scored(HOSTILE, scores);
    Map<String, Double> layers = new LinkedHashMap<>();
    for (int i = 0; i < HOSTILE.size(); i++) {
      layers.put(HOSTILE.get(i), 1.0 - i);
      layers.put("h." + i + "." + HOSTILE.get(i), 1.0 + i);
    }
    ReportQuery query =
        new ReportQuery(
            all,
            tokens,
            List.of(new ReportHit(all, 3, tokens, layers)),
            List.of(new ReportHit(all, -3, tokens, layers)),
            scores);
    return new InfluenceReport(all, HOSTILE, List.of(query, query));
  }

  /** Hostile text in more hits than one page of a list shows. */
  static InfluenceReport hostileAndLong() {
    ReportQuery query = hostile().queries().get(0);
    List<ReportHit> many = Collections.nCopies(1200, query.proponents().get(0));
    List<ReportToken> text = new ArrayList<>();
    Collections.nCopies(1000, query.tokens()).forEach(text::addAll);
    ReportQuery longer =
        new ReportQuery(query.label(), text, many, query.opponents(), new double[0]);
    return new InfluenceReport("Hostile", HOSTILE, List.of(longer, longer));
  }

  /** One query with so many hits for it, of so many tokens each, and one against. */
  static InfluenceReport hits(int hits, int count) {
    List<ReportHit> list = new ArrayList<>();
    for (int h = 0; h < hits; h++) {
      list.add(new ReportHit("document " + h, hits - h, tokens(count), Map.of("fc", 1.0)));
    }
    ReportHit against = new ReportHit("against", -1, List.of(), Map.of());
    return new InfluenceReport(
        "Hits",
        List.of(),
        List.of(new ReportQuery("Why?", List.of(), list, List.of(against), new double[0])));
  }

  /** Words "w0", "w1", ..; the strongest is in the middle. */
  private static List<ReportToken> tokens(int count) {
    List<ReportToken> tokens = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      tokens.add(new ReportToken(" w" + t, t == count / 2 ? 9 : t % 7 - 3));
    }
    return tokens;
  }

  /** So many queries with two hits each. */
  static InfluenceReport queries(int queries) {
    List<ReportQuery> list = new ArrayList<>();
    for (int q = 0; q < queries; q++) {
      List<ReportHit> hit = List.of(new ReportHit("hit of " + q, 1, tokens(300), Map.of()));
      list.add(new ReportQuery("Query " + q, tokens(20), hit, List.of(), new double[] {1, 2}));
    }
    return new InfluenceReport("Queries", List.of(), list);
  }

  /** Random words with heavy-tailed scores. */
  static InfluenceReport large(int queries, int hits, int tokens, int examples) {
    Random random = new Random(1);
    List<ReportQuery> list = new ArrayList<>();
    for (int q = 0; q < queries; q++) {
      List<ReportHit> proponents = new ArrayList<>();
      List<ReportHit> opponents = new ArrayList<>();
      for (int h = 0; h < hits; h++) {
        proponents.add(hit(random, 1e4 / (1 + h), tokens));
        opponents.add(hit(random, -1e3 / (1 + h), tokens));
      }
      double[] scores = new double[examples];
      Arrays.setAll(scores, i -> (i % 3 - 1) * Math.pow(random.nextDouble(), -0.7));
      list.add(new ReportQuery("Query " + q, List.of(), proponents, opponents, scores));
    }
    return new InfluenceReport("Large", List.of(), list);
  }

  private static ReportHit hit(Random random, double score, int count) {
    List<ReportToken> tokens = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      String word = " " + Integer.toString(random.nextInt(36 * 36 * 36), 36);
      tokens.add(new ReportToken(word, score / count * random.nextGaussian()));
    }
    Map<String, Double> layers = new LinkedHashMap<>();
    for (int b = 0; b < 12; b++) {
      for (String kind : List.of("attn.qkv", "attn.out", "mlp.up", "mlp.down")) {
        layers.put("h." + b + "." + kind, score / 48);
      }
    }
    return new ReportHit("sequence " + random.nextInt(10_000), score, tokens, layers);
  }
}
