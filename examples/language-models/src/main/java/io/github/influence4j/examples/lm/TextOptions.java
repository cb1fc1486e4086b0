/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Europarl;
import io.github.influence4j.examples.lm.text.TextFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the model learns from. */
final class TextOptions {
  private static final String ENGLISH = "en";

  @Option(
      names = "--text",
      paramLabel = "PATH",
      description = "A UTF-8 file, or a folder of them, to learn from (default: Europarl).")
  private @Nullable Path path;

  @Option(
      names = "--language",
      paramLabel = "CODE",
      description =
          "Of the Europarl documents: en, de, fr, es, it, nl, pt, sv, da, fi (default: en).")
  private String language = ENGLISH;

  @Option(
      names = "--documents",
      paramLabel = "N",
      description = "Only the first documents (default: all).")
  private @Nullable Integer limit;

  /** The documents, at least one. */
  List<Document> documents(int preset) throws IOException {
    Path given = path;
    if (given != null && !Files.isReadable(given)) {
      throw new IllegalArgumentException("--text: there is no readable file or folder " + given);
    }
    List<Document> all = given == null ? Europarl.documents(language) : TextFiles.documents(given);
    int wanted = limit == null ? preset : limit;
    if (wanted < 1) {
      throw new IllegalArgumentException("--documents must be at least 1, got " + wanted);
    }
    List<Document> some = all.subList(0, Math.min(wanted, all.size()));
    if (some.stream().allMatch(document -> document.text().isBlank())) {
      throw new IllegalArgumentException(
          "The corpus is empty: no text in "
              + source()
              + "; name a UTF-8 file or folder with text.");
    }
    return some;
  }

  boolean englishEuroparl() {
    return path == null && language.equals(ENGLISH);
  }

  String source() {
    return path == null ? "Europarl (" + language + ")" : path.toString();
  }
}
