/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which checkpoints to look at, in which texts, and how. */
final class CheckpointOptions {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      arity = "1..*",
      description =
          "Look at these checkpoints instead of models trained here: what save_pretrained of"
              + " transformers wrote; one or more, the smallest first.")
  private List<Path> models = List.of();

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      arity = "1..*",
      description =
          "With --model: training texts, .txt, .md or .jsonl, each also as .gz, or folders.")
  private List<Path> corpus = List.of();

  @Option(
      names = "--queries",
      paramLabel = "FILE",
      description =
          "With --model: lines of JSON with kind, prompt and completion, and for word-order reworded"
              + " and flipped (default: ours).")
  private @Nullable Path queries;

  @Option(
      names = "--layers",
      paramLabel = "CHOICE",
      defaultValue = "all",
      description =
          "With --model: linear layers to track: all, attention, mlp, or a regular expression"
              + " (default: all).")
  private String layers = "all";

  @Option(
      names = "--sequence-length",
      paramLabel = "N",
      defaultValue = "256",
      description =
          "With --model: tokens of a training sequence, at most what the model was made for"
              + " (default: 256).")
  private int length = 256;

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "32",
      description = "With --model: rank of the queries; 0 for all (default: 32, as in the paper).")
  private int rank = 32;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "With --model: f32 or bf16 for the model (default: f32).")
  private ElementType precision = ElementType.F32;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "With --model: sequences at once; changes no result (default: 8).")
  private int batchSize = 8;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "With --model: threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  boolean given() {
    return !models.isEmpty();
  }

  /** Refuses what does not go together, before anything is loaded. */
  void check() {
    require(given() || corpus.isEmpty(), "--corpus goes with --model DIR.");
    require(given() || queries == null, "--queries goes with --model DIR.");
    if (given()) {
      require(!corpus.isEmpty(), "--model needs --corpus PATH: the texts to look for causes in.");
      require(length >= 2, "--sequence-length must be at least 2, got " + length);
      require(rank >= 0, "--rank must be at least 0, got " + rank);
      require(threads >= 1, "--threads must be at least 1, got " + threads);
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  List<Path> models() {
    return models;
  }

  List<Path> corpus() {
    return corpus;
  }

  int length() {
    return length;
  }

  int threads() {
    return threads;
  }

  List<Asked> asked() throws IOException {
    return queries == null ? QuerySet.ours() : QuerySet.read(queries);
  }

  LanguageModel open(Path directory) throws IOException {
    return LanguageModel.builder(directory)
        .layers(layers)
        .precision(precision)
        .batchSize(batchSize)
        .threads(threads)
        .open();
  }

  /** For all scores but those that judge the rank. */
  ScoreOptions scoring() {
    ScoreOptions pairwise = ScoreOptions.pairwise();
    return rank == 0 ? pairwise : pairwise.withLowRank(LowRank.randomized(rank));
  }

  /** How scores are computed, in words. */
  String method() {
    return "EK-FAC with labels drawn from the model, damping of a tenth of the mean eigenvalue, "
        + (rank == 0 ? "queries of full rank" : "queries of rank " + rank)
        + ", "
        + precision
        + ".";
  }

  /** As on the command line. */
  String arguments() {
    StringBuilder line = new StringBuilder("--model");
    models.forEach(model -> line.append(' ').append(model));
    line.append(" --corpus");
    corpus.forEach(path -> line.append(' ').append(path));
    if (queries != null) {
      line.append(" --queries ").append(queries);
    }
    if (!layers.equals("all")) {
      line.append(" --layers ").append(layers);
    }
    line.append(" --sequence-length ").append(length).append(" --rank ").append(rank);
    if (precision != ElementType.F32) {
      line.append(" --precision ").append(precision.name().toLowerCase(Locale.ROOT));
    }
    return line.toString();
  }
}
