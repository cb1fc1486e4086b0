/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.lm.attribute.CheckpointTexts;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.run.DirectoryName;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An opened model, its corpus and the queries that it can be asked; scores when asked for. */
final class Checkpoint implements AutoCloseable {
  /** Fewer sequences have no strongest hundredth, and no ten strongest worth the name. */
  private static final int FEWEST = 50;

  private final CheckpointOptions options;
  private final Path directory;
  private final Consumer<String> progress;
  private final LanguageModel model;
  private final CheckpointTexts texts;
  private final List<Asked> asked = new ArrayList<>();
  private final List<Piece> queries = new ArrayList<>();
  private List<Piece> corpus = List.of();
  private int tooLong;
  private @Nullable Influence influence;
  private @Nullable FittedCurvature curvature;
  private @Nullable InfluenceScores fullScan;

  private Checkpoint(
      CheckpointOptions options, Path directory, Consumer<String> progress, LanguageModel model) {
    this.options = options;
    this.directory = directory;
    this.progress = progress;
    this.model = model;
    this.texts = new CheckpointTexts(model);
  }

  /**
   * Opens a model.
   *
   * @param wanted queries; those that are too long for the model are left out
   * @param progress told what takes long
   */
  static Checkpoint open(
      CheckpointOptions options, Path directory, List<Asked> wanted, Consumer<String> progress)
      throws IOException {
    Checkpoint opened = new Checkpoint(options, directory, progress, options.open(directory));
    try {
      opened.read(wanted);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void read(List<Asked> wanted) throws IOException {
    corpus = texts.corpus(options.corpus(), options.length());
    if (corpus.size() < FEWEST) {
      throw new IllegalArgumentException(
          "--corpus has "
              + corpus.size()
              + " sequences, the experiments need at least "
              + FEWEST
              + "; give more text, or a smaller --sequence-length.");
    }
    for (Asked one : wanted) {
      if (texts.fits(one.text())) {
        asked.add(one);
        queries.add(texts.completion(one.text(), one.prompt(), one.completion()));
      } else {
        tooLong++;
      }
    }
    if (asked.isEmpty()) {
      throw new IllegalArgumentException(
          directory + " takes " + model.context() + " tokens; every query is longer than that.");
    }
  }

  /** The directory's name, that of no other model, and the size, for tables. */
  String name() {
    return DirectoryName.of(directory, options.models()) + " (" + size() + ")";
  }

  private String size() {
    double parameters = model.coverage().parameters();
    String[] units = {"", " k", " M", " B"};
    int unit = 0;
    while (parameters >= 1000 && unit < units.length - 1) {
      parameters /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.3g%s", parameters, units[unit]);
  }

  /** Model, corpus and queries, in a few sentences. */
  String description() {
    long tokens = corpus.stream().mapToLong(piece -> piece.sequence().length()).sum();
    return String.format(
        Locale.ROOT,
        "%s: %s %,d training sequences of at most %,d tokens, %,d tokens in all. %s Queries: %s%s.",
        name(),
        model.coverage(),
        corpus.size(),
        Math.min(options.length(), model.context()),
        tokens,
        String.join(" ", texts.sanity(corpus)),
        QuerySet.counts(asked),
        tooLong == 0 ? "" : "; " + tooLong + " longer than the model takes are left out");
  }

  /** Those that fit into the model. */
  List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** In the order of {@link #asked}. */
  List<Piece> queries() {
    return List.copyOf(queries);
  }

  List<Piece> corpus() {
    return corpus;
  }

  List<String> layers() {
    return model.layers().stream().map(LayerSpec::name).toList();
  }

  CheckpointTexts texts() {
    return texts;
  }

  void say(String line) {
    progress.accept(line);
  }

  /** For all scores but those that judge the rank. */
  ScoreOptions scoring() {
    return options.scoring();
  }

  /** Scores of all training sequences for all queries, layer by layer. */
  InfluenceScores fullScan() {
    if (fullScan == null) {
      say("scoring all training sequences");
      fullScan = score(queries, corpus, scoring().withPerLayer(true));
    }
    return fullScan;
  }

  /** Scores of any sequences, by the curvature of the corpus. */
  InfluenceScores score(List<Piece> about, List<Piece> of, ScoreOptions how) {
    Influence engine = engine();
    if (curvature == null) {
      say("fitting EK-FAC to " + corpus.size() + " sequences");
      curvature = engine.fit(model.gradients(sequences(corpus)).sampledLabels(new LabelSampler(1)));
    }
    return engine.score(
        curvature,
        model.gradients(sequences(about)).dataLabels(),
        model.gradients(sequences(of)).dataLabels(),
        how);
  }

  private Influence engine() {
    if (influence == null) {
      influence = Influence.builder().layers(model.layers()).threads(options.threads()).build();
    }
    return influence;
  }

  private static List<TokenSequence> sequences(List<Piece> pieces) {
    return pieces.stream().map(Piece::sequence).toList();
  }

  @Override
  public void close() {
    if (influence != null) {
      influence.close();
    }
    model.close();
  }
}
