/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Found.Ranked;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.statistics.RankCorrelation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Scores all sequences; where queries were truncated, the hits again exactly. */
final class FullScan {
  private final Subject subject;
  private final InfluenceScorer scorer;
  private final ScoringOptions options;
  private final StageProgress progress;

  FullScan(
      Subject subject, InfluenceScorer scorer, ScoringOptions options, StageProgress progress) {
    this.subject = subject;
    this.scorer = scorer;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Scores, and writes all scores where that was asked for.
   *
   * @param top hits of each side of a query
   */
  Found run(ScoresOptions wanted, int top) throws IOException {
    progress.expect(subject.corpus().size());
    InfluenceScores scores =
        scorer.score(
            subject.asked().dataLabels(),
            subject.training().dataLabels(),
            options.pairwise().withPerLayer(wanted.perLayer()).withLowRank(options.truncation()));
    Path file = wanted.file();
    if (file != null) {
      ScoresFile.write(
          file,
          scores,
          scorer.selfInfluence(subject.training().dataLabels(), options.self()),
          wanted.perLayer());
    }
    progress.expect(0); // hits are few
    LowRank truncation = options.truncation();
    List<Ranked> found = new ArrayList<>();
    List<String> remarks = new ArrayList<>();
    for (int q = 0; q < scores.queries(); q++) {
      List<Hit> proponents = scores.proponents(q).stream().limit(top).toList();
      List<Hit> opponents = scores.opponents(q).stream().limit(top).toList();
      if (truncation == null) {
        found.add(new Ranked(proponents, opponents, scores.scores(q)));
      } else {
        List<Hit> before = Stream.concat(proponents.stream(), opponents.stream()).toList();
        List<Hit> exact = rescored(q, before);
        found.add(exactly(exact, scores.scores(q)));
        remarks.add(remark(scores, q, before, exact));
      }
    }
    return new Found(found, remarks);
  }

  private List<Hit> rescored(int query, List<Hit> hits) {
    if (hits.isEmpty()) {
      return hits;
    }
    List<Piece> pieces =
        hits.stream().map(hit -> subject.corpus().get((int) hit.example())).toList();
    InfluenceScores exact =
        scorer.score(
            subject.gradients(List.of(subject.queries().get(query))).dataLabels(),
            subject.gradients(pieces).dataLabels(),
            options.pairwise());
    List<Hit> out = new ArrayList<>();
    for (int i = 0; i < hits.size(); i++) {
      out.add(new Hit(hits.get(i).example(), exact.score(0, i)));
    }
    return out;
  }

  private static Ranked exactly(List<Hit> hits, double[] scores) {
    Comparator<Hit> strongest =
        Comparator.comparingDouble((Hit hit) -> -Math.abs(hit.score()))
            .thenComparingLong(Hit::example);
    List<Hit> sorted = hits.stream().sorted(strongest).toList();
    return new Ranked(
        sorted.stream().filter(hit -> hit.score() > 0).toList(),
        sorted.stream().filter(hit -> hit.score() < 0).toList(),
        scores);
  }

  private String remark(InfluenceScores scores, int query, List<Hit> before, List<Hit> exact) {
    double residual =
        scores.layers().stream()
            .mapToDouble(layer -> scores.residual(layer, query))
            .max()
            .orElse(0);
    return String.format(
        Locale.ROOT,
        "%s: the query was truncated, leaving out at most %.3f of it in a layer; its %d hits were"
            + " scored again exactly, rank agreement %.3f. The distribution is that of the truncated"
            + " scores.",
        subject.queries().get(query).label(),
        residual,
        exact.size(),
        RankCorrelation.of(scores(before), scores(exact)));
  }

  private static double[] scores(List<Hit> hits) {
    return hits.stream().mapToDouble(Hit::score).toArray();
  }
}
