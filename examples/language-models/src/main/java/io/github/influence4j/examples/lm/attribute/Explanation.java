/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Found.Ranked;
import io.github.influence4j.report.ReportHit;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.report.ReportToken;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The hits of queries with their parts by layer and by token, divided by the number of training
 * sequences.
 */
final class Explanation {
  private final Subject subject;
  private final InfluenceScorer scorer;
  private final ScoreOptions options;
  private final @Nullable Baselines baselines;

  /**
   * Explains.
   *
   * @param subject what
   * @param scorer of its curvature
   * @param options of the scores
   * @param baselines whose places stand beside the hits; null for none
   */
  Explanation(
      Subject subject,
      InfluenceScorer scorer,
      ScoreOptions options,
      @Nullable Baselines baselines) {
    this.subject = subject;
    this.scorer = scorer;
    this.options = options.withPerLayer(true).withPerRow(true);
    this.baselines = baselines;
  }

  ReportQuery of(int query, Ranked found) {
    Piece asked = subject.queries().get(query);
    int[] hits = found.hits().mapToInt(hit -> (int) hit.example()).sorted().toArray();
    Map<Hit, ReportHit> explained = new HashMap<>();
    if (hits.length > 0) {
      InfluenceScores parts = parts(asked, hits);
      found
          .hits()
          .forEach(
              hit -> {
                int part = Arrays.binarySearch(hits, (int) hit.example());
                explained.put(hit, hit(parts, part, query, hit));
              });
    }
    return new ReportQuery(
        asked.label(),
        ReportToken.context(asked.texts()),
        found.proponents().stream().map(explained::get).toList(),
        found.opponents().stream().map(explained::get).toList(),
        shares(found.scores()));
  }

  /** Of one query and its own hits: rows cost as much for each pair as a whole example does. */
  private InfluenceScores parts(Piece query, int[] hits) {
    List<Piece> pieces = Arrays.stream(hits).mapToObj(subject.corpus()::get).toList();
    return scorer.score(
        subject.gradients(List.of(query)).dataLabels(),
        subject.gradients(pieces).dataLabels(),
        options);
  }

  private ReportHit hit(InfluenceScores parts, int part, int query, Hit hit) {
    Piece piece = subject.corpus().get((int) hit.example());
    Map<String, Double> layers = new LinkedHashMap<>();
    for (String layer : parts.layers()) {
      layers.put(layer, parts.layerScores(layer, 0)[part] / subject.corpus().size());
    }
    String places = baselines == null ? "" : " · " + baselines.places(query, (int) hit.example());
    return new ReportHit(
        piece.label() + places,
        hit.score() / subject.corpus().size(),
        ReportToken.scored(piece.texts(), shares(parts.rowScores(0, part))),
        layers);
  }

  private double[] shares(double[] scores) {
    return Arrays.stream(scores).map(score -> score / subject.corpus().size()).toArray();
  }
}
