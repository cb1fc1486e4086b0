/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.lm.attribute.Found.Ranked;
import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.lucene.Prefilter;
import io.github.influence4j.lucene.Ranking;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** All sequences, some of them, and truncated queries find what they should. */
final class SearchTest {
  private static final Path GPT2 =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");
  private static final int TOP = 7;
  private static final StageProgress SILENT =
      new StageProgress(new PrintWriter(Writer.nullWriter(), true), 0);

  private static LanguageModel model;
  private static Influence influence;
  private static Subject subject;
  private static InfluenceScorer scorer;

  @BeforeAll
  static void fit() throws IOException {
    Torch.load();
    model = LanguageModel.builder(GPT2).precision(ElementType.F64).open();
    List<Piece> corpus = TrainedCheckpoint.pieces(model).subList(0, 60);
    Pieces pieces = new Pieces(model.tokenizer(), 64);
    subject =
        new Subject(
            model,
            corpus,
            List.of(
                pieces.completion(new Text("first", "the cat sees", " old hats")),
                pieces.completion(new Text("second", "our cook", " hides red boats"))),
            new RunProfile());
    influence =
        Influence.builder().layers(model.layers()).precision(Precision.F64).threads(1).build();
    FittedCurvature curvature = influence.fit(subject.training().dataLabels());
    scorer = influence.scorer(curvature);
  }

  @AfterAll
  static void close() {
    influence.close();
    model.close();
  }

  private static ScoringOptions options(String... words) {
    return CommandLine.populateCommand(new ScoringOptions(), words);
  }

  private static Found scan(String... words) throws IOException {
    return new FullScan(subject, scorer, options(words), SILENT).run(new ScoresOptions(), TOP);
  }

  private static Found filtered(String... words) {
    ScoringOptions options = options(words);
    return new Funnel(subject, scorer, options, SILENT).run(options.filter(), TOP, 1);
  }

  @Test
  void aFilterThatLetsAllPassFindsWhatTheFullScanFinds() throws IOException {
    Found all = scan();
    for (String kind : new String[] {"bm25", "tfidf"}) {
      Found some = filtered("--filter", kind + ":60", "--rank", "full");
      for (int q = 0; q < 2; q++) {
        assertHits(some.queries().get(q).proponents(), all.queries().get(q).proponents());
      }
      assertThat(some.remarks()).anyMatch(line -> line.contains(":60 let 60 of 60 sequences pass"));
    }
  }

  @Test
  void aFilterRanksTheSequencesThatShareTokens() throws IOException {
    Found all = scan();
    Found some = filtered("--filter", "bm25:12");
    List<int[]> terms = subject.corpus().stream().map(Piece::terms).toList();
    try (Prefilter<int[]> index = Prefilter.ofTokens(terms)) {
      for (int q = 0; q < 2; q++) {
        double[] scores = all.queries().get(q).scores();
        List<Hit> expected =
            index.candidates(subject.queries().get(q).terms(), 12, Ranking.BM25).stream()
                .map(hit -> new Hit(hit.example(), scores[(int) hit.example()]))
                .filter(hit -> hit.score() > 0)
                .sorted(Comparator.comparingDouble(hit -> -hit.score()))
                .limit(TOP)
                .toList();
        Ranked found = some.queries().get(q);
        assertHits(found.proponents(), expected);
        assertThat(found.opponents()).isEmpty();
        assertThat(found.scores()).isEmpty();
      }
    }
  }

  @Test
  void fullRankIsNoTruncation() throws IOException {
    assertSame(scan("--rank", "full"), scan());
  }

  /** How sequences are batched moves a score by rounding. */
  private static void assertHits(List<Hit> found, List<Hit> expected) {
    assertThat(found).hasSameSizeAs(expected).isNotEmpty();
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i).example()).isEqualTo(expected.get(i).example());
      assertThat(found.get(i).score()).isCloseTo(expected.get(i).score(), within(1e-9));
    }
  }

  private static void assertSame(Found found, Found expected) {
    assertThat(found.remarks()).isEqualTo(expected.remarks());
    for (int q = 0; q < expected.queries().size(); q++) {
      assertThat(found.queries().get(q).scores())
          .containsExactly(expected.queries().get(q).scores());
      assertThat(found.queries().get(q).hits().toList())
          .isEqualTo(expected.queries().get(q).hits().toList());
    }
  }

  @Test
  void hitsOfTruncatedQueriesHaveExactScores() throws IOException {
    Found exact = scan();
    Found truncated = scan("--rank", "1");
    assertThat(truncated.remarks()).hasSize(2).allMatch(line -> line.contains("rank agreement"));
    for (int q = 0; q < 2; q++) {
      Ranked found = truncated.queries().get(q);
      double[] scores = exact.queries().get(q).scores();
      assertThat(found.scores()).isNotEqualTo(scores);
      assertThat(found.hits().count()).isEqualTo(2 * TOP);
      assertThat(found.hits())
          .allSatisfy(
              hit -> assertThat(hit.score()).isCloseTo(scores[(int) hit.example()], within(1e-9)));
      assertThat(found.proponents())
          .isSortedAccordingTo(Comparator.comparingDouble((Hit hit) -> -hit.score()))
          .allMatch(hit -> hit.score() > 0);
      assertThat(found.opponents())
          .isSortedAccordingTo(Comparator.comparingDouble(Hit::score))
          .allMatch(hit -> hit.score() < 0);
    }
  }

  /** A residual that no truncation has leaves the queries whole. */
  @Test
  void aSmallResidualGivesExactScores() throws IOException {
    Found exact = scan();
    Found adaptive = scan("--rank", "1", "--max-residual", "1e-7");
    for (int q = 0; q < 2; q++) {
      double[] scores = exact.queries().get(q).scores();
      double largest = DoubleStream.of(scores).map(Math::abs).max().orElseThrow();
      assertThat(adaptive.queries().get(q).scores())
          .usingComparatorWithPrecision(1e-5 * largest)
          .containsExactly(scores);
    }
  }

  @Test
  void aSampleIsDrawnOnceForASeed() {
    List<Piece> corpus = subject.corpus();
    List<Piece> drawn = sample(corpus, "--fit-sequences", "9");
    assertThat(drawn).hasSize(9).doesNotHaveDuplicates();
    assertThat(drawn).isSortedAccordingTo(Comparator.comparingInt(corpus::indexOf));
    assertThat(sample(corpus, "--fit-sequences", "9")).isEqualTo(drawn);
    assertThat(sample(corpus, "--fit-sequences", "9", "--seed", "2")).isNotEqualTo(drawn);
    assertThat(sample(corpus, "--fit-sequences", "60")).isSameAs(corpus);
    assertThat(sample(corpus)).isSameAs(corpus);
  }

  /** Each sequence is drawn about as often as another: 400 draws of 15 of 60 are 100 each. */
  @Test
  void aSampleFavoursNoSequence() {
    int[] counts = new int[subject.corpus().size()];
    for (int seed = 0; seed < 400; seed++) {
      List<Piece> drawn =
          sample(subject.corpus(), "--fit-sequences", "15", "--seed", Integer.toString(seed));
      drawn.forEach(piece -> counts[subject.corpus().indexOf(piece)]++);
    }
    assertThat(Arrays.stream(counts).boxed().toList()).allMatch(count -> count > 50 && count < 150);
  }

  private static List<Piece> sample(List<Piece> corpus, String... words) {
    CurvatureOptions options = new CurvatureOptions();
    new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(words);
    return options.sample(corpus);
  }
}
