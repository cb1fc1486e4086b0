/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.lm.run.LanguageModelRun;
import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.examples.lm.text.Tokenizer;
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
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The training sequences behind what a model says: scores of all, then those of the strongest again
 * with their parts by layer and by token. Scores are divided by the number of training sequences:
 * by how many nats the query's loss would fall, by a linear estimate, were the sequence there once
 * more.
 */
final class InfluentialSequences {
  private final LanguageModelRun run;
  private final Influence influence;
  private final FittedCurvature curvature;
  private final List<Sequence> training;
  private final Tokenizer tokenizer;

  InfluentialSequences(
      LanguageModelRun run,
      Influence influence,
      FittedCurvature curvature,
      List<Sequence> training,
      Tokenizer tokenizer) {
    this.run = run;
    this.influence = influence;
    this.curvature = curvature;
    this.training = training;
    this.tokenizer = tokenizer;
  }

  List<ReportQuery> explain(List<Sequence> queries, int top) {
    InfluenceScores all = run.score(influence, curvature, queries, ScoreOptions.pairwise());
    int[] strongest = strongest(all, top);
    InfluenceScores parts =
        influence.score(
            curvature,
            run.gradients().of(queries).dataLabels(),
            run.gradients().of(training, strongest).dataLabels(),
            ScoreOptions.pairwise().withPerLayer(true).withPerRow(true));
    List<ReportQuery> explained = new ArrayList<>();
    for (int q = 0; q < queries.size(); q++) {
      int query = q;
      Sequence sequence = queries.get(q);
      explained.add(
          new ReportQuery(
              sequence.document().title(),
              ReportToken.context(tokenizer.pieces(sequence.tokens())),
              all.proponents(q).stream()
                  .limit(top)
                  .map(h -> hit(parts, query, strongest, h))
                  .toList(),
              all.opponents(q).stream()
                  .limit(top)
                  .map(h -> hit(parts, query, strongest, h))
                  .toList(),
              perSequence(all.scores(q))));
    }
    return explained;
  }

  /** Numbers of the sequences to show, of all queries, ascending. */
  private static int[] strongest(InfluenceScores scores, int top) {
    TreeSet<Integer> numbers = new TreeSet<>();
    for (int q = 0; q < scores.queries(); q++) {
      Stream.of(scores.proponents(q), scores.opponents(q))
          .flatMap(hits -> hits.stream().limit(top))
          .forEach(hit -> numbers.add((int) hit.example()));
    }
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  private ReportHit hit(InfluenceScores parts, int query, int[] strongest, Hit hit) {
    int part = Arrays.binarySearch(strongest, (int) hit.example());
    Sequence sequence = training.get((int) hit.example());
    Map<String, Double> layers = new LinkedHashMap<>();
    parts
        .layers()
        .forEach(
            layer -> layers.put(layer, parts.layerScores(layer, query)[part] / training.size()));
    return new ReportHit(
        label(sequence),
        hit.score() / training.size(),
        ReportToken.scored(
            tokenizer.pieces(sequence.tokens()), perSequence(parts.rowScores(query, part))),
        layers);
  }

  static String label(Sequence sequence) {
    return String.format(
        Locale.ROOT,
        "%s · part %d (%s)",
        sequence.document().title(),
        sequence.number() + 1,
        sequence.document().id());
  }

  private double[] perSequence(double[] scores) {
    return Arrays.stream(scores).map(score -> score / training.size()).toArray();
  }
}
