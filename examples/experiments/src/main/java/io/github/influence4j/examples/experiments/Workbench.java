/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Europarl;
import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.examples.lm.text.Tokenizer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What experiments share, made when it is first asked for. */
final class Workbench implements AutoCloseable {
  /** Of weights, orders and corpora. */
  static final long SEED = 1;

  /** One document of so many is held out. */
  private static final int HELD_OUT = 20;

  private final Scale scale;
  private final PrintWriter progress;
  private @Nullable Corpus corpus;
  private @Nullable TrainedModel trained;
  private @Nullable Attribution attribution;
  private @Nullable InfluenceScores fullScan;

  Workbench(Scale scale, PrintWriter progress) {
    this.scale = scale;
    this.progress = progress;
  }

  Scale scale() {
    return scale;
  }

  void say(String line) {
    progress.println(line);
    progress.flush();
  }

  /**
   * The first English documents of Europarl. Whole documents are held out: a query must not be the
   * next sentence of a training sequence.
   */
  Corpus corpus() throws IOException {
    if (corpus == null) {
      List<Document> documents = Europarl.documents("en");
      int count = Math.min(scale.documents(), documents.size());
      corpus = corpus(documents.subList(0, count));
    }
    return corpus;
  }

  private Corpus corpus(List<Document> documents) {
    List<Document> training = new ArrayList<>();
    List<Document> heldOut = new ArrayList<>();
    for (int d = 0; d < documents.size(); d++) {
      (d % HELD_OUT == HELD_OUT - 1 ? heldOut : training).add(documents.get(d));
    }
    Tokenizer tokenizer =
        Tokenizer.train(training.stream().map(Document::text).toList(), scale.vocabulary());
    return new Corpus(
        tokenizer,
        Corpus.cut(training, tokenizer, scale.size().context()),
        Corpus.cut(heldOut, tokenizer, scale.size().context()));
  }

  /** The first sequences of held-out documents; the model is given their first half. */
  List<Sequence> queries() throws IOException {
    return corpus().heldOut().stream()
        .filter(piece -> piece.number() == 0 && piece.length() > 1)
        .limit(scale.queries())
        .map(piece -> new Sequence(piece.document(), 0, piece.tokens(), piece.length() / 2))
        .toList();
  }

  /** The model of most experiments. */
  TrainedModel trained() throws IOException {
    if (trained == null) {
      trained =
          TrainedModel.train(
              scale.shape(corpus().tokenizer().vocabulary()),
              corpus().training(),
              scale.plan(SEED),
              this::say);
    }
    return trained;
  }

  /** EK-FAC of that model. */
  Attribution attribution() throws IOException {
    if (attribution == null) {
      TrainedModel model = trained();
      say("fitting EK-FAC");
      attribution = new Attribution(model, CurvatureStrategy.EKFAC);
    }
    return attribution;
  }

  /** Exact scores of all training sequences for all queries, layer by layer. */
  InfluenceScores fullScan() throws IOException {
    if (fullScan == null) {
      Attribution ekfac = attribution();
      say("scoring all training sequences");
      fullScan =
          ekfac.score(queries(), corpus().training(), ScoreOptions.pairwise().withPerLayer(true));
    }
    return fullScan;
  }

  @Override
  public void close() {
    if (attribution != null) {
      attribution.close();
    }
  }
}
