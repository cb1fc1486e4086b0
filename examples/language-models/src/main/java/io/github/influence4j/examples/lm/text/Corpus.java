/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.attribute.Pieces;
import io.github.influence4j.examples.lm.model.LearntTokenizer;
import io.github.influence4j.huggingface.TextTokenizer;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Documents as the model reads them.
 *
 * @param learnt the tokenizer
 * @param tokenizer the same, opened; closed with the corpus
 * @param training the sequences to learn from, document by document
 * @param heldOut the others, to measure what was learnt
 */
public record Corpus(
    LearntTokenizer learnt, TextTokenizer tokenizer, List<Piece> training, List<Piece> heldOut)
    implements AutoCloseable {
  /** One sequence of so many is held out. */
  private static final int HELD_OUT = 20;

  /**
   * Learns a tokenizer and cuts documents into sequences. Every twentieth sequence is held out.
   *
   * @param documents in a fixed order
   * @param vocabulary number of tokens wanted
   * @param context longest sequence
   * @return the corpus
   * @throws IllegalArgumentException if the text is shorter than a context
   */
  public static Corpus of(List<Document> documents, int vocabulary, int context) {
    LearntTokenizer learnt = learn(documents, vocabulary);
    TextTokenizer tokenizer = learnt.open();
    List<Piece> all = cut(documents, tokenizer, context);
    int tokens = all.stream().mapToInt(Piece::length).sum();
    if (tokens < context) {
      tokenizer.close();
      throw new IllegalArgumentException(
          "The corpus has "
              + tokens
              + " tokens, fewer than the context of "
              + context
              + "; give more text or a smaller context.");
    }
    List<Piece> training = new ArrayList<>();
    List<Piece> heldOut = new ArrayList<>();
    for (int s = 0; s < all.size(); s++) {
      (s % HELD_OUT == HELD_OUT - 1 ? heldOut : training).add(all.get(s));
    }
    return new Corpus(learnt, tokenizer, training, heldOut);
  }

  /**
   * Learns a tokenizer, and holds out whole documents.
   *
   * @param training documents to learn from
   * @param heldOut the others
   * @param vocabulary number of tokens wanted
   * @param context longest sequence
   * @return the corpus
   */
  public static Corpus of(
      List<Document> training, List<Document> heldOut, int vocabulary, int context) {
    LearntTokenizer learnt = learn(training, vocabulary);
    TextTokenizer tokenizer = learnt.open();
    return new Corpus(
        learnt, tokenizer, cut(training, tokenizer, context), cut(heldOut, tokenizer, context));
  }

  private static LearntTokenizer learn(List<Document> documents, int vocabulary) {
    return LearntTokenizer.learn(documents.stream().map(Document::text).toList(), vocabulary);
  }

  private static List<Piece> cut(List<Document> documents, TextTokenizer tokenizer, int context) {
    Pieces pieces = new Pieces(tokenizer, context);
    return documents.stream()
        .flatMap(document -> pieces.parts(document.label(), document.text()).stream())
        .toList();
  }

  /**
   * What a sequence says.
   *
   * @param sequence of tokens of this corpus
   * @return its text, without special tokens
   */
  public String text(TokenSequence sequence) {
    return tokenizer.decode(sequence.ids(), true);
  }

  /**
   * What a model that knows nothing but the frequencies of tokens would lose, in nats a token:
   * cross-entropy of what is to be predicted in the held-out sequences under the add-one
   * frequencies of the training ones.
   *
   * @return the loss, NaN without held-out sequences
   */
  public double unigramLoss() {
    double[] counts = new double[learnt.vocabulary()];
    Arrays.fill(counts, 1);
    training.forEach(piece -> Arrays.stream(predicted(piece)).forEach(t -> counts[(int) t]++));
    double total = Arrays.stream(counts).sum();
    return heldOut.stream()
        .flatMapToLong(piece -> Arrays.stream(predicted(piece)))
        .mapToDouble(token -> -Math.log(counts[(int) token] / total))
        .average()
        .orElse(Double.NaN);
  }

  private static long[] predicted(Piece piece) {
    long[] ids = piece.sequence().ids();
    return Arrays.copyOfRange(ids, 1, ids.length);
  }

  /** Closes the tokenizer. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
