/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What is explained. */
final class QueryOptions {
  @ArgGroup(exclusive = false, multiplicity = "0..*", heading = "Queries:%n")
  private @Nullable List<Asked> asked;

  @Option(
      names = "--queries",
      paramLabel = "FILE",
      description = "Queries as lines of JSON, with \"prompt\" and \"completion\" as they are.")
  private @Nullable Path lines;

  @Option(
      names = "--query-ids",
      paramLabel = "FILE",
      description = "Queries as token ids: query.input_ids and query.labels.")
  private @Nullable Path ids;

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

  /** Refuses what cannot be, before a model is loaded. */
  void check() {
    require(
        asked != null || lines != null || ids != null,
        "No query: give --prompt and --completion, --queries or --query-ids.");
  }

  List<Piece> read(LanguageModel model) throws IOException {
    List<Text> texts = new ArrayList<>();
    if (asked != null) {
      asked.forEach(question -> texts.add(question.text()));
    }
    if (lines != null) {
      texts.addAll(Texts.lines(lines));
    }
    List<Piece> out = new ArrayList<>();
    for (Text text : texts) {
      out.add(new Pieces(model.tokenizer(), Math.max(2, model.context())).completion(text));
    }
    if (ids != null) {
      out.addAll(IdTables.pieces(ids, "query", true));
    }
    require(!out.isEmpty(), "--queries: " + lines + " has no line with a query.");
    for (Piece query : out) {
      require(query.sequence().targets() > 0, query.label() + " has nothing to predict.");
    }
    return out;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
