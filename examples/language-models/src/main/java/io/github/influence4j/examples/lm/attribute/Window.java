/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.huggingface.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Fills sequences of full length with tokens of one text after the other. */
final class Window {
  private static final int NAMED = 3;

  private final long[] ids;
  private final List<String> texts = new ArrayList<>();
  private final Set<String> labels = new LinkedHashSet<>();
  private final List<Piece> full = new ArrayList<>();
  private int filled;

  Window(int length) {
    ids = new long[length];
  }

  void add(long id, String text, String label) {
    if (filled == ids.length) {
      close();
    }
    ids[filled++] = id;
    texts.add(text);
    labels.add(label);
  }

  /** All sequences; what is left is one if it has two tokens. */
  List<Piece> pieces() {
    if (filled >= 2) {
      close();
    }
    return full;
  }

  private void close() {
    String label =
        labels.size() <= NAMED
            ? String.join(" + ", labels)
            : labels.iterator().next() + " + " + (labels.size() - 1) + " more";
    full.add(
        new Piece(
            label + " · window " + (full.size() + 1),
            TokenSequence.of(Arrays.copyOf(ids, filled)),
            List.copyOf(texts)));
    texts.clear();
    labels.clear();
    filled = 0;
  }
}
