/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From scores to a page. */
class ReportOfScoresTest {
  private static final List<LayerSpec> LAYERS =
      List.of(LayerSpec.linear("one", 5, 4), LayerSpec.linear("two", 4, 3));
  private static final List<String> WORDS = List.of("where", "did", "it", "sit");

  @TempDir Path folder;

  private final TestModel train =
      TestModel.random(SeededRandom.at("report", "train"), 12, 6, LAYERS);
  private final TestModel queries =
      TestModel.random(SeededRandom.at("report", "queries"), 2, 6, LAYERS);

  /** One word more than an example has rows: in a language model the first has no row. */
  private List<String> words(Hit hit) {
    TestExamples data = train.data().get(0);
    int example = (int) hit.example();
    int rows = data.offsets()[example + 1] - data.offsets()[example];
    return IntStream.rangeClosed(0, rows).mapToObj(t -> " word" + t).toList();
  }

  private InfluenceScores score(ScoreOptions options) {
    GradientSource source = train.source(5);
    try (Influence influence = Influence.builder().layers(LAYERS).backend("reference").build()) {
      return influence.score(influence.fit(source), queries.source(5), source, options);
    }
  }

  private ReportQuery query(InfluenceScores scores, int query, int top) {
    return ReportQuery.of(
        "Query " + query,
        ReportToken.context(WORDS),
        scores,
        query,
        top,
        hit -> ReportHit.of("document " + hit.example(), words(hit), scores, query, hit));
  }

  @Test
  void takesWhatTheScoresHold() {
    InfluenceScores scores = score(ScoreOptions.pairwise().withPerRow(true).withPerLayer(true));
    for (int q = 0; q < 2; q++) {
      ReportQuery query = query(scores, q, 3);
      assertThat(query.scores()).isEqualTo(scores.scores(q));
      assertThat(query.proponents()).hasSize((int) Math.min(3, positive(query)));
      for (ReportHit hit : query.proponents()) {
        assertThat(hit.layers()).containsOnlyKeys("one", "two");
        assertThat(hit.tokens().get(0).score()).isNaN();
        double tokens = hit.tokens().stream().skip(1).mapToDouble(ReportToken::score).sum();
        double layers = hit.layers().values().stream().mapToDouble(part -> part).sum();
        // Sums of at most 12 numbers in float64.
        assertThat(tokens).isCloseTo(hit.score(), within(1e-9 * hit.score() + 1e-9));
        assertThat(layers).isCloseTo(hit.score(), within(1e-9 * hit.score() + 1e-9));
      }
    }
  }

  private static long positive(ReportQuery query) {
    return Arrays.stream(query.scores()).filter(score -> score > 0).count();
  }

  /** The program of docs/report.md. */
  private static void documented(
      Influence influence,
      FittedCurvature curvature,
      GradientSource queries,
      GradientSource train,
      List<String> words,
      Function<Hit, List<String>> texts,
      Path page)
      throws IOException {
    InfluenceScores scores =
        influence.score(
            curvature, queries, train, ScoreOptions.pairwise().withPerRow(true).withPerLayer(true));
    ReportQuery query =
        ReportQuery.of(
            "Why did it sit?",
            ReportToken.context(words),
            scores,
            0, // the query's number in the run
            20, // proponents and opponents to show
            hit -> ReportHit.of("document " + hit.example(), texts.apply(hit), scores, 0, hit));
    new InfluenceReport("Why?", List.of("EK-FAC; unit: nats"), List.of(query)).write(page);
  }

  @Test
  void documentationIsCompiledAndRuns() throws IOException {
    Path page = folder.resolve("documented.html");
    GradientSource source = train.source(5);
    try (Influence influence = Influence.builder().layers(LAYERS).backend("reference").build()) {
      FittedCurvature curvature = influence.fit(source);
      documented(influence, curvature, queries.source(1), source, WORDS, this::words, page);
    }
    assertThat(Files.readString(page)).contains("Why did it sit?", "title=+", "All layers");

    Path here = Path.of("src/test/java", getClass().getName().replace('.', '/') + ".java");
    String document = Files.readString(Path.of("../docs/report.md"));
    String program =
        document.substring(document.indexOf("```java") + 7, document.indexOf("```\n\nWhat"));
    assertThat(Files.readString(here).replaceAll("\\s+", ""))
        .contains(program.replaceAll("\\s+", ""));
  }

  @Test
  void showsTextWhereOnlyATopKWasKept() throws IOException {
    InfluenceScores scores = score(ScoreOptions.topK(2));
    ReportQuery query = query(scores, 0, 20);
    assertThat(query.scores()).isEmpty();
    assertThat(query.proponents())
        .hasSameSizeAs(scores.proponents(0))
        .allMatch(hit -> hit.layers().isEmpty())
        .allMatch(hit -> hit.tokens().stream().allMatch(token -> Double.isNaN(token.score())));
    Path page = folder.resolve("why.html");
    new InfluenceReport("Why?", List.of("EK-FAC; unit: nats"), List.of(query)).write(page);
    assertThat(Files.readString(page)).contains("Query 0", "document ", " word0".strip());
  }
}
