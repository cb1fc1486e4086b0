/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.report.ReportHit;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.report.ReportToken;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The hits of queries with their parts by layer and by token, divided by the number of training
 * sequences.
 */
final class Explanation {
  private final Subject subject;
  private final Influence influence;
  private final FittedCurvature curvature;
  private final List<Piece> corpus;

  Explanation(Subject subject, Influence influence, FittedCurvature curvature) {
    this.subject = subject;
    this.influence = influence;
    this.curvature = curvature;
    this.corpus = subject.corpus();
  }

  List<ReportQuery> of(InfluenceScores all, int top) {
    List<ReportQuery> out = new ArrayList<>();
    List<Piece> queries = subject.queries();
    for (int q = 0; q < queries.size(); q++) {
      int[] strongest = strongest(all, q, top);
      InfluenceScores parts = parts(queries.get(q), all, strongest);
      out.add(
          new ReportQuery(
              queries.get(q).label(),
              ReportToken.context(queries.get(q).texts()),
              shown(all.proponents(q), top).map(h -> hit(parts, strongest, h)).toList(),
              shown(all.opponents(q), top).map(h -> hit(parts, strongest, h)).toList(),
              shares(all.scores(q))));
    }
    return out;
  }

  /** Of one query and its own hits: rows cost as much for each pair as a whole example does. */
  private InfluenceScores parts(Piece query, InfluenceScores all, int[] strongest) {
    List<Piece> hits = Arrays.stream(strongest).mapToObj(corpus::get).toList();
    return influence.score(
        curvature,
        subject.gradients(List.of(query)).dataLabels(),
        subject.gradients(hits).dataLabels(),
        ScoreOptions.pairwise()
            .withDampings(all.options().dampings().get(0))
            .withPerLayer(true)
            .withPerRow(true));
  }

  private static Stream<Hit> shown(List<Hit> hits, int top) {
    return hits.stream().limit(top);
  }

  private static int[] strongest(InfluenceScores scores, int query, int top) {
    return Stream.concat(shown(scores.proponents(query), top), shown(scores.opponents(query), top))
        .mapToInt(hit -> (int) hit.example())
        .sorted()
        .distinct()
        .toArray();
  }

  private ReportHit hit(InfluenceScores parts, int[] strongest, Hit hit) {
    int part = Arrays.binarySearch(strongest, (int) hit.example());
    Piece piece = corpus.get((int) hit.example());
    Map<String, Double> layers = new LinkedHashMap<>();
    for (String layer : parts.layers()) {
      layers.put(layer, parts.layerScores(layer, 0)[part] / corpus.size());
    }
    return new ReportHit(
        piece.label(),
        hit.score() / corpus.size(),
        ReportToken.scored(piece.texts(), shares(parts.rowScores(0, part))),
        layers);
  }

  private double[] shares(double[] scores) {
    return Arrays.stream(scores).map(score -> score / corpus.size()).toArray();
  }
}
