/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.huggingface.TextTokenizer;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.huggingface.TokenizedText;
import io.github.influence4j.huggingface.TokenizedText.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts texts into sequences. */
public final class Pieces {
  private final TextTokenizer tokenizer;
  private final int length;

  /**
   * Cuts.
   *
   * @param tokenizer of the model
   * @param length tokens of a sequence, at most
   */
  public Pieces(TextTokenizer tokenizer, int length) {
    this.tokenizer = tokenizer;
    this.length = length;
  }

  /** Sequences of texts; what is left of a text is a sequence if it has two tokens. */
  List<Piece> of(List<Text> texts) {
    List<Piece> out = new ArrayList<>();
    for (Text text : texts) {
      if (text.prompt().isEmpty()) {
        out.addAll(parts(text));
      } else {
        out.add(completion(text));
      }
    }
    if (out.isEmpty()) {
      throw new IllegalArgumentException("No text of the corpus has two tokens.");
    }
    return out;
  }

  /**
   * Full sequences of texts that are joined, the end of text between them; a prompt with its
   * completion stays by itself.
   *
   * @throws IllegalArgumentException if all joined texts do not fill one sequence
   */
  List<Piece> packed(List<Text> texts, EndOfText end) {
    Window window = new Window(length);
    List<Piece> completions = new ArrayList<>();
    for (Text text : texts) {
      if (text.prompt().isEmpty()) {
        join(window, text, end);
      } else {
        completions.add(completion(text));
      }
    }
    List<Piece> out = window.pieces();
    boolean filled = !out.isEmpty() && out.get(0).sequence().length() == length;
    if (!filled && completions.isEmpty()) {
      throw new IllegalArgumentException(
          "--packing: all texts together have fewer tokens than one sequence of "
              + length
              + "; lower --sequence-length, or leave --packing out.");
    }
    out.addAll(completions);
    return out;
  }

  private void join(Window window, Text text, EndOfText end) {
    TokenizedText encoded = tokenizer.encode(text.text());
    long[] ids = encoded.ids();
    List<String> pieces = pieces(encoded);
    for (int i = 0; i < ids.length; i++) {
      window.add(ids[i], pieces.get(i), text.label());
    }
    if (ids.length > 0 && ids[ids.length - 1] != end.id()) {
      window.add(end.id(), end.text(), text.label());
    }
  }

  /** A prompt and what is to be predicted. */
  Piece completion(Text text) {
    TokenSequence sequence;
    try {
      sequence = tokenizer.completion(text.prompt(), text.text());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(text.label() + ": " + e.getMessage(), e);
    }
    if (sequence.length() > length) {
      throw new IllegalArgumentException(
          text.label()
              + " has "
              + sequence.length()
              + " tokens, more than a sequence of "
              + length
              + "; shorten it, or raise --sequence-length.");
    }
    List<String> pieces = pieces(tokenizer.encode(text.prompt() + text.text()));
    return new Piece(text.label(), sequence, pieces);
  }

  /**
   * Sequences of a text, all of which is to be predicted.
   *
   * @param label what to call it
   * @param text any
   * @return its parts in order; what is left at the end is one if it has two tokens
   */
  public List<Piece> parts(String label, String text) {
    return parts(new Text(label, "", text));
  }

  /**
   * A completion to be predicted after a prompt.
   *
   * @param label what to call it
   * @param prompt what the model is given
   * @param completion what it says then, with the space before it
   * @return both as one sequence
   * @throws IllegalArgumentException if one of them has no tokens, or both are longer than a
   *     sequence
   */
  public Piece completion(String label, String prompt, String completion) {
    return completion(new Text(label, prompt, completion));
  }

  private List<Piece> parts(Text text) {
    TokenizedText encoded = tokenizer.encode(text.text());
    long[] ids = encoded.ids();
    List<String> pieces = pieces(encoded);
    List<Piece> out = new ArrayList<>();
    for (int from = 0; from + 2 <= ids.length; from += length) {
      int to = Math.min(ids.length, from + length);
      if (to - from >= 2) {
        String label =
            ids.length <= length ? text.label() : text.label() + " · part " + (from / length + 1);
        out.add(
            new Piece(
                label,
                TokenSequence.of(Arrays.copyOfRange(ids, from, to)),
                List.copyOf(pieces.subList(from, to))));
      }
    }
    return out;
  }

  /** The text token by token; parts of a character show it once. */
  private static List<String> pieces(TokenizedText text) {
    List<String> out = new ArrayList<>();
    int shown = 0;
    for (Token token : text.tokens()) {
      if (token.begin() == token.end()) {
        out.add(token.name());
      } else {
        int end = Math.max(shown, token.end());
        out.add(text.text().substring(shown, end));
        shown = end;
      }
    }
    return out;
  }

  /** Sequences given as token ids, without padding, which is where the mask is 0. */
  static List<Piece> ofIds(String what, long[][] ids, long[][] mask, long[][] labels) {
    List<Piece> out = new ArrayList<>();
    for (int s = 0; s < ids.length; s++) {
      long[] seen = kept(ids[s], mask[s]);
      out.add(
          new Piece(
              what + " " + s,
              TokenSequence.withLabels(seen, kept(labels[s], mask[s])),
              Arrays.stream(seen).mapToObj(id -> "⟨" + id + "⟩").toList()));
    }
    return out;
  }

  private static long[] kept(long[] values, long[] mask) {
    return java.util.stream.IntStream.range(0, values.length)
        .filter(i -> mask[i] != 0)
        .mapToLong(i -> values[i])
        .toArray();
  }
}
