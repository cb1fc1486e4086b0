/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Found.Ranked;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.scoring.InfluenceScorer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What {@code attribute} finds where nothing else is asked for, for a model that is open. */
public final class Origins {
  private final LanguageModel model;
  private final List<Piece> corpus;
  private final InfluenceScorer scorer;
  private final StageProgress progress;

  /**
   * For a model and its corpus.
   *
   * @param model borrowed
   * @param corpus that it has learnt from
   * @param scorer of a curvature fitted to it
   * @param progress told of passes over the corpus
   */
  public Origins(
      LanguageModel model, List<Piece> corpus, InfluenceScorer scorer, StageProgress progress) {
    this.model = model;
    this.corpus = corpus;
    this.scorer = scorer;
    this.progress = progress;
  }

  /**
   * Scores all sequences, and those of the strongest again with their parts by layer and by token.
   *
   * @param queries what the model said
   * @param top hits of each side of a query
   * @param method how the curvature came about, to be read
   * @return hits with scores divided by the number of sequences
   * @throws IOException never, for no file is written
   */
  public Answer of(List<Piece> queries, int top, String method) throws IOException {
    Subject subject = new Subject(model, corpus, queries, new RunProfile());
    ScoringOptions scoring = new ScoringOptions();
    List<Ranked> found =
        new FullScan(subject, scorer, scoring, progress).run(new ScoresOptions(), top).queries();
    Explanation explanation = new Explanation(subject, scorer, scoring.pairwise(), null);
    List<ReportQuery> explained = new ArrayList<>();
    List<List<String>> compared = new ArrayList<>();
    for (int q = 0; q < found.size(); q++) {
      explained.add(explanation.of(q, found.get(q)));
      compared.add(List.of());
    }
    return new Answer(explained, compared, List.of(), method);
  }
}
