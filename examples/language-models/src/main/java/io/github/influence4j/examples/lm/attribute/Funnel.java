/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Found.Ranked;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.lucene.Prefilter;
import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.retrieval.FunnelResult;
import io.github.influence4j.retrieval.FunnelStage;
import io.github.influence4j.retrieval.QueryHits;
import io.github.influence4j.retrieval.RetrievalFunnel;
import io.github.influence4j.retrieval.StageReport;
import io.github.influence4j.scoring.InfluenceScorer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Scores only the sequences that share rare tokens with a query. */
final class Funnel {
  private final Subject subject;
  private final InfluenceScorer scorer;
  private final ScoringOptions options;
  private final StageProgress progress;

  Funnel(Subject subject, InfluenceScorer scorer, ScoringOptions options, StageProgress progress) {
    this.subject = subject;
    this.scorer = scorer;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Searches.
   *
   * @param top hits of a query
   * @param seed of the control sample
   */
  Found run(WordFilter words, int top, long seed) {
    try (Prefilter<int[]> index =
        Prefilter.ofTokens(subject.corpus().stream().map(Piece::terms).toList())) {
      boolean all = words.candidates() >= subject.corpus().size();
      List<CandidateFilter> filters =
          subject.queries().stream()
              .map(
                  query ->
                      all
                          ? CandidateFilter.all(subject.corpus().size())
                          : index.filter(query.terms(), words.ranking()))
              .toList();
      FunnelResult result =
          new RetrievalFunnel(scorer, subject.byNumber(progress))
              .search(subject.asked().dataLabels(), filters, options.stages(words, top, seed));
      List<Ranked> found = new ArrayList<>();
      List<String> remarks = new ArrayList<>();
      for (int q = 0; q < filters.size(); q++) {
        QueryHits hits = result.queries().get(q);
        found.add(new Ranked(hits.hits(), List.of(), new double[0]));
        remarks.add(subject.queries().get(q).label() + ": " + remark(words, hits));
      }
      return new Found(found, remarks);
    }
  }

  private static String remark(WordFilter words, QueryHits hits) {
    StageReport filter = hits.stage(FunnelStage.FILTER);
    StageReport last = hits.stage(FunnelStage.RESCORE);
    OptionalDouble agreement = filter.controlAgreement();
    return String.format(
        Locale.ROOT,
        "%s let %,d of %,d sequences pass. Of a random sample %d sequences belong among the"
            + " strongest; %d of them passed, %d are in the list. Rank agreement of the filter on the"
            + " sample: %s.",
        words.name(),
        filter.kept(),
        filter.offered(),
        filter.wanted(),
        filter.found(),
        last.found(),
        agreement.isEmpty()
            ? "unknown"
            : String.format(Locale.ROOT, "%.2f", agreement.getAsDouble()));
  }
}
