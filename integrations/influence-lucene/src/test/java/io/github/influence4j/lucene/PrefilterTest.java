/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.scoring.Hit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PrefilterTest {
  private static final int EXAMPLES = 300;

  /** Lengths below 40, which Lucene keeps exactly; rare and frequent tokens. */
  private static List<int[]> corpus(Random random) {
    List<int[]> corpus = new ArrayList<>();
    for (int e = 0; e < EXAMPLES; e++) {
      corpus.add(sequence(random, 1 + random.nextInt(39)));
    }
    return corpus;
  }

  private static int[] sequence(Random random, int length) {
    return IntStream.generate(() -> (int) Math.pow(200, random.nextDouble()))
        .limit(length)
        .toArray();
  }

  private static double naive(List<int[]> corpus, int[] query, int[] example, Ranking ranking) {
    double mean = corpus.stream().mapToInt(s -> s.length).average().orElseThrow();
    double score = 0;
    for (int term : query) {
      double frequency = count(example, term);
      if (frequency > 0) {
        double having = corpus.stream().filter(s -> count(s, term) > 0).count();
        double idf = Math.log((corpus.size() - having + 0.5) / (having + 0.5) + 1);
        double length = 1 - ranking.b() + ranking.b() * example.length / mean;
        score += idf * frequency / (frequency + ranking.k1() * length);
      }
    }
    return score;
  }

  private static long count(int[] sequence, int term) {
    return Arrays.stream(sequence).filter(t -> t == term).count();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1.2, 0.75", "2, 0"})
  void scoresEqualTheFormula(float k1, float b) {
    Random random = new Random(4);
    List<int[]> corpus = corpus(random);
    Ranking ranking = new Ranking(k1, b);
    try (Prefilter<int[]> filter = Prefilter.ofTokens(corpus)) {
      assertThat(filter.examples()).isEqualTo(EXAMPLES);
      int[] query = sequence(random, 12);
      List<Hit> hits = filter.candidates(query, EXAMPLES, ranking);
      double[] expected =
          corpus.stream().mapToDouble(example -> naive(corpus, query, example, ranking)).toArray();
      assertThat(hits).hasSize((int) Arrays.stream(expected).filter(s -> s > 0).count());
      for (Hit hit : hits) {
        double score = expected[(int) hit.example()];
        assertThat(hit.score()).isCloseTo(score, within(1e-5 * score));
      }
      assertThat(hits).isSortedAccordingTo(Comparator.comparingDouble(hit -> -hit.score()));
      List<Hit> few = filter.candidates(query, 20, ranking);
      assertThat(few).isEqualTo(hits.subList(0, 20));
    }
  }

  @Test
  void equalScoresComeByNumber() {
    List<int[]> corpus = Collections.nCopies(100, new int[] {7, 8});
    try (Prefilter<int[]> filter = Prefilter.ofTokens(corpus)) {
      assertThat(filter.candidates(new int[] {8}, 10, Ranking.TF_IDF))
          .extracting(Hit::example)
          .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }
  }

  @Test
  void textsOnDisk(@TempDir Path folder) throws IOException {
    List<String> texts = List.of("The cats sat.", "", "A dog barked at the cat", "Nothing here");
    try (Prefilter<String> filter =
        Prefilter.ofTexts(texts, new EnglishAnalyzer(), FSDirectory.open(folder))) {
      assertThat(filter.candidates("cat", 10, Ranking.BM25))
          .extracting(Hit::example)
          .containsExactly(0L, 2L);
    }
    try (Prefilter<String> filter = Prefilter.ofTexts(texts, new StandardAnalyzer())) {
      assertThat(filter.candidates("cat", 10, Ranking.BM25))
          .extracting(Hit::example)
          .containsExactly(2L);
      assertThat(filter.candidates("unheard of", 10, Ranking.TF_IDF)).isEmpty();
      assertThat(filter.candidates("", 10, Ranking.TF_IDF)).isEmpty();
    }
    try (Prefilter<String> filter = Prefilter.ofTexts(List.of(), new StandardAnalyzer())) {
      assertThat(filter.candidates("cat", 10, Ranking.BM25)).isEmpty();
    }
  }

  @Test
  void queriesTooLongOrForNothing() {
    try (Prefilter<int[]> filter = Prefilter.ofTokens(List.of(new int[] {1}))) {
      int[] query = IntStream.range(0, 1_500).toArray();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> filter.candidates(query, 1, Ranking.BM25))
          .withMessageContaining("The query has 1500 different terms, but Lucene takes 1024");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> filter.candidates(new int[] {1}, 0, Ranking.BM25));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new Ranking(-1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new Ranking(1, 2));
  }

  @Test
  void recall() {
    double[] scores = {5, -1, 3, 4, 3};
    List<Hit> candidates = List.of(new Hit(0, 9), new Hit(4, 8), new Hit(1, 7));
    assertThat(Recall.recallAt(1, scores, candidates)).isEqualTo(1);
    // The third is example 2, not 4: equal scores by number.
    assertThat(Recall.recallAt(3, scores, candidates)).isEqualTo(1 / 3.0);
    assertThat(Recall.recallAt(4, scores, candidates)).isEqualTo(0.5);
    assertThat(Recall.recallAt(100, scores, candidates)).isEqualTo(0.6);
    assertThatIllegalArgumentException().isThrownBy(() -> Recall.recallAt(0, scores, candidates));
  }
}
