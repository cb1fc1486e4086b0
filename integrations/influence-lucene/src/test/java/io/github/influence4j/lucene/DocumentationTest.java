/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.scoring.Hit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compiles and runs what docs/adapters.md shows, and checks that it shows it. */
final class DocumentationTest {
  private static final int[] QUERY = {3, 4};

  private double measured(List<int[]> sequences, int[] query, double[] fullScores) {
    // tag::filter
    try (Prefilter<int[]> filter = Prefilter.ofTokens(sequences)) {
      List<Hit> candidates = filter.candidates(query, 10_000, Ranking.TF_IDF);
      double recall = Recall.recallAt(10, fullScores, candidates);
      // end::filter
      return recall;
    }
  }

  @Test
  void theDocumentShowsThisCode() throws IOException {
    List<int[]> sequences = List.of(new int[] {1, 3}, new int[] {2}, new int[] {4, 4});
    assertThat(measured(sequences, QUERY, new double[] {1, 2, 3})).isEqualTo(2 / 3.0);
    String source =
        Files.readString(
            Path.of("src/test/java/io/github/influence4j/lucene/DocumentationTest.java"));
    String start = "// tag::filter\n";
    int from = source.indexOf(start) + start.length();
    String snippet = source.substring(from, source.indexOf("// end::filter", from));
    assertThat(Files.readString(Path.of("../../docs/adapters.md")))
        .contains(snippet.stripIndent().strip());
  }
}
