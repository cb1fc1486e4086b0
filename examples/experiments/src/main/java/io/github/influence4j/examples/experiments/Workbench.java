/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.model.Gpt2;
import io.github.influence4j.examples.lm.model.LearntTokenizer;
import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.examples.lm.run.Interruption;
import io.github.influence4j.examples.lm.run.LanguageModelRun;
import io.github.influence4j.examples.lm.run.RunFolder;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Europarl;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What experiments share, made when it is first asked for. */
final class Workbench implements AutoCloseable {
  /** Of weights, orders and corpora. */
  static final long SEED = 1;

  /** One document of so many is held out. */
  private static final int HELD_OUT = 20;

  private final Scale scale;
  private final Path work;
  private final Interruption interruption;
  private final PrintWriter progress;
  private final List<TrainedModel> models = new ArrayList<>();
  private @Nullable Corpus corpus;
  private @Nullable TrainedModel trained;
  private @Nullable Attribution attribution;
  private @Nullable InfluenceScores fullScan;

  /**
   * For experiments of a size.
   *
   * @param scale the size
   * @param work keeps the trained models, each in a folder
   * @param interruption stops the training
   * @param progress told what is done
   */
  Workbench(Scale scale, Path work, Interruption interruption, PrintWriter progress) {
    this.scale = scale;
    this.work = work;
    this.interruption = interruption;
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
      List<Document> training = new ArrayList<>();
      List<Document> heldOut = new ArrayList<>();
      for (int d = 0; d < Math.min(scale.documents(), documents.size()); d++) {
        (d % HELD_OUT == HELD_OUT - 1 ? heldOut : training).add(documents.get(d));
      }
      corpus = Corpus.of(training, heldOut, scale.vocabulary(), scale.size().context());
    }
    return corpus;
  }

  /** The sequences to learn from. */
  List<TokenSequence> training() throws IOException {
    return corpus().training().stream().map(Piece::sequence).toList();
  }

  /** The others. */
  List<TokenSequence> heldOut() throws IOException {
    return corpus().heldOut().stream().map(Piece::sequence).toList();
  }

  /** The first sequences of held-out documents; the model is given their first half. */
  List<TokenSequence> queries() throws IOException {
    long begin = corpus().learnt().end();
    return heldOut().stream()
        .filter(sequence -> sequence.ids()[0] == begin)
        .limit(scale.queries())
        .map(Workbench::secondHalf)
        .toList();
  }

  /** The same sequence, its first half the prompt. */
  static TokenSequence secondHalf(TokenSequence sequence) {
    long[] ids = sequence.ids();
    int half = ids.length / 2;
    return TokenSequence.completion(
        Arrays.copyOf(ids, half), Arrays.copyOfRange(ids, half, ids.length));
  }

  /** Tokens to search by: without the one that begins every text. */
  int[] terms(TokenSequence sequence) throws IOException {
    long begin = corpus().learnt().end();
    return Arrays.stream(sequence.ids())
        .filter(id -> id != begin)
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  /**
   * A model trained from the beginning, or one that was trained before; closed with this.
   *
   * @param name of its folder
   */
  TrainedModel train(
      String name,
      LearntTokenizer tokenizer,
      ModelShape shape,
      List<TokenSequence> training,
      TrainingPlan plan)
      throws IOException {
    say("training " + name + ": " + shape + " on " + training.size() + " sequences");
    int threads = Runtime.getRuntime().availableProcessors();
    try (RunFolder folder = new RunFolder(work.resolve(name))) {
      LanguageModelRun run =
          new LanguageModelRun(
              training, new Gpt2(shape, tokenizer), plan, folder, threads, interruption, progress);
      TrainedModel model = new TrainedModel(run.train(), shape, training);
      models.add(model);
      return model;
    }
  }

  /** The model of most experiments. */
  TrainedModel trained() throws IOException {
    if (trained == null) {
      LearntTokenizer tokenizer = corpus().learnt();
      trained =
          train(
              "europarl",
              tokenizer,
              scale.shape(tokenizer.vocabulary()),
              training(),
              scale.plan(SEED));
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
      fullScan = ekfac.score(queries(), training(), ScoreOptions.pairwise().withPerLayer(true));
    }
    return fullScan;
  }

  @Override
  public void close() {
    if (attribution != null) {
      attribution.close();
    }
    if (corpus != null) {
      corpus.close();
    }
    models.forEach(each -> each.model().close());
  }
}
