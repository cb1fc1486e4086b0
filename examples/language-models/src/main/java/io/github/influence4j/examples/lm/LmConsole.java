/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/** Prints the results. */
final class LmConsole {
  private final PrintWriter out;

  LmConsole(PrintWriter out) {
    this.out = out;
  }

  void data(String source, int documents, Corpus corpus, ModelShape shape) {
    print("%s: %,d documents, ", source, documents);
    print("%,d training sequences.%n", corpus.training().size());
    print("Model: %s.%n", shape);
  }

  void trained(LanguageModel model, Path directory, Losses losses) {
    print("%s%n%s%nModel for attribute --model: %s%n", model.coverage(), losses, directory);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    out.printf(Locale.ROOT, format, arguments);
    out.flush();
  }
}
