/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.retrieval.FunnelResult;
import io.github.influence4j.retrieval.FunnelStage;
import io.github.influence4j.retrieval.QueryHits;
import io.github.influence4j.retrieval.RetrievalFunnel;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

  private FunnelResult retrieved(
      Prefilter<int[]> prefilter,
      InfluenceScorer scorer,
      IndexedGradients train,
      List<int[]> queryTokens,
      GradientSource queries) {
    // tag::funnel
    List<CandidateFilter> filters =
        queryTokens.stream().map(query -> prefilter.filter(query, Ranking.TF_IDF)).toList();
    RetrievalFunnel funnel = new RetrievalFunnel(scorer, train);
    FunnelResult found = funnel.search(queries, filters, FunnelOptions.topK(10));
    // end::funnel
    return found;
  }

  @Test
  void theDocumentShowsThisCode() throws IOException {
    List<int[]> sequences = List.of(new int[] {1, 3}, new int[] {2}, new int[] {4, 4});
    assertThat(measured(sequences, QUERY, new double[] {1, 2, 3})).isEqualTo(2 / 3.0);
    assertShown("filter");
  }

  /**
   * One layer without bias and gradients of 1: the score of an example is a multiple of its input.
   */
  @Test
  void theDocumentShowsThisFunnel() throws IOException {
    double[] inputs = {3, 1, 2, 4};
    LayerSpec layer = LayerSpec.linear("layer", 1, 1).withoutBias();
    List<int[]> sequences =
        List.of(new int[] {1, 3}, new int[] {2}, new int[] {4, 4}, new int[] {5});
    GradientSource all = gradients(inputs);
    try (Prefilter<int[]> prefilter = Prefilter.ofTokens(sequences);
        Influence influence = Influence.builder().layers(layer).backend("reference").build()) {
      IndexedGradients train =
          IndexedGradients.of(
              inputs.length,
              numbers -> {
                double[] chosen = new double[numbers.length];
                Arrays.setAll(chosen, i -> inputs[(int) numbers[i]]);
                return gradients(chosen);
              });
      FunnelResult found =
          retrieved(
              prefilter,
              influence.scorer(influence.fit(all)),
              train,
              List.of(QUERY),
              gradients(new double[] {1}));
      QueryHits hits = found.queries().get(0);
      assertThat(hits.hits()).extracting(Hit::example).containsExactly(0L, 2L);
      assertThat(hits.stage(FunnelStage.FILTER).recall()).hasValue(0.5);
    }
    assertShown("funnel");
  }

  private static GradientSource gradients(double[] inputs) {
    double[] ones = new double[inputs.length];
    Arrays.fill(ones, 1);
    return sink ->
        sink.accept(
            GradientBatch.of(
                inputs.length,
                new LayerBatch(
                    "layer",
                    TensorView.of(inputs, inputs.length, 1),
                    TensorView.of(ones, inputs.length, 1))));
  }

  private static void assertShown(String tag) throws IOException {
    String source =
        Files.readString(
            Path.of("src/test/java/io/github/influence4j/lucene/DocumentationTest.java"));
    String start = "// tag::" + tag + "\n";
    int from = source.indexOf(start) + start.length();
    String snippet = source.substring(from, source.indexOf("// end::" + tag, from));
    assertThat(Files.readString(Path.of("../../docs/adapters.md")))
        .contains(snippet.stripIndent().strip());
  }
}
