/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What is explained, and by what. */
final class AttributeInputs {
  private static final int USUAL_LENGTH = 256;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      arity = "1..*",
      description = {
        "Training texts: .txt and .md, one a file; .jsonl with \"text\", or with \"prompt\" and"
            + " \"completion\", whose loss alone counts; each also as .gz; folders of such."
      })
  private List<Path> corpus = List.of();

  @Option(
      names = "--corpus-ids",
      paramLabel = "FILE",
      description =
          "Training sequences as token ids instead: train.input_ids, and where there are any"
              + " train.attention_mask and train.labels, in a safetensors file.")
  private @Nullable Path corpusIds;

  @ArgGroup(exclusive = false, multiplicity = "0..*", heading = "Queries:%n")
  private @Nullable List<Asked> asked;

  @Option(
      names = "--queries",
      paramLabel = "FILE",
      description = "Queries as lines of JSON, with \"prompt\" and \"completion\" as they are.")
  private @Nullable Path queries;

  @Option(
      names = "--query-ids",
      paramLabel = "FILE",
      description = "Queries as token ids: query.input_ids and query.labels.")
  private @Nullable Path queryIds;

  @Option(
      names = "--sequence-length",
      paramLabel = "N",
      description =
          "Tokens of a sequence that texts are cut into (default: what the model was made"
              + " for, at most 256).")
  private @Nullable Integer length;

  /** A query on the command line. */
  static final class Asked {
    @Option(
        names = "--prompt",
        paramLabel = "TEXT",
        required = true,
        description = "What the model is given.")
    private String prompt = "";

    @Option(
        names = "--completion",
        paramLabel = "TEXT",
        required = true,
        description = "What it says then, joined by a space; repeat both for several queries.")
    private String completion = "";

    private Text text() {
      boolean joined =
          prompt.isEmpty()
              || completion.isEmpty()
              || Character.isWhitespace(prompt.charAt(prompt.length() - 1))
              || Character.isWhitespace(completion.charAt(0));
      String said = joined ? completion : " " + completion;
      return new Text(prompt + " → " + completion.strip(), prompt, said);
    }
  }

  /** Refuses what does not go together, before a model is loaded. */
  void check() {
    require(
        corpus.isEmpty() != (corpusIds == null),
        "Give either --corpus or --corpus-ids: the training data to look for causes in.");
    require(
        asked != null || queries != null || queryIds != null,
        "No query: give --prompt and --completion, --queries or --query-ids.");
    require(length == null || length >= 2, "--sequence-length must be at least 2, got " + length);
  }

  List<Piece> corpus(LanguageModel model) throws IOException {
    if (corpusIds != null) {
      return ids(corpusIds, "train", false);
    }
    return new Pieces(model.tokenizer(), length(model)).of(Texts.read(corpus));
  }

  List<Piece> queries(LanguageModel model) throws IOException {
    List<Piece> out = new ArrayList<>();
    List<Text> texts = new ArrayList<>();
    if (asked != null) {
      asked.forEach(question -> texts.add(question.text()));
    }
    if (queries != null) {
      texts.addAll(Texts.lines(queries));
    }
    for (Text text : texts) {
      out.add(new Pieces(model.tokenizer(), Math.max(2, model.context())).completion(text));
    }
    if (queryIds != null) {
      out.addAll(ids(queryIds, "query", true));
    }
    for (Piece query : out) {
      require(query.sequence().targets() > 0, query.label() + " has nothing to predict.");
    }
    return out;
  }

  private int length(LanguageModel model) {
    return length == null ? Math.max(2, Math.min(USUAL_LENGTH, model.context())) : length;
  }

  private static List<Piece> ids(Path file, String side, boolean labelled) throws IOException {
    try (Safetensors tensors = Safetensors.open(file)) {
      long[][] ids = IdTables.table(tensors, side + ".input_ids");
      long[][] mask = IdTables.beside(tensors, side + ".attention_mask", ids);
      long[][] labels = IdTables.beside(tensors, side + ".labels", ids);
      require(
          !labelled || labels != null,
          "File \"" + file + "\" has no tensor \"" + side + ".labels\".");
      return Pieces.ofIds(
          side, ids, mask == null ? ones(ids) : mask, labels == null ? ids : labels);
    }
  }

  private static long[][] ones(long[][] ids) {
    long[][] out = new long[ids.length][ids[0].length];
    Arrays.stream(out).forEach(row -> Arrays.fill(row, 1));
    return out;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
