/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Documents as the model reads them.
 *
 * @param tokenizer learnt from all documents
 * @param training the sequences to learn from, document by document
 * @param heldOut the others, to measure what was learnt
 */
public record Corpus(Tokenizer tokenizer, List<Sequence> training, List<Sequence> heldOut) {
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
    Tokenizer tokenizer =
        Tokenizer.train(documents.stream().map(Document::text).toList(), vocabulary);
    List<Sequence> all = cut(documents, tokenizer, context);
    int tokens = all.stream().mapToInt(Sequence::length).sum();
    if (tokens < context) {
      throw new IllegalArgumentException(
          "The corpus has "
              + tokens
              + " tokens, fewer than the context of "
              + context
              + "; give more text or a smaller context.");
    }
    List<Sequence> training = new ArrayList<>();
    List<Sequence> heldOut = new ArrayList<>();
    for (int s = 0; s < all.size(); s++) {
      (s % HELD_OUT == HELD_OUT - 1 ? heldOut : training).add(all.get(s));
    }
    return new Corpus(tokenizer, training, heldOut);
  }

  /**
   * Cuts documents into sequences; the last of a document may be shorter.
   *
   * @param documents in a fixed order
   * @param tokenizer encodes them
   * @param context longest sequence
   * @return the sequences, document by document; none of a document without text
   */
  public static List<Sequence> cut(List<Document> documents, Tokenizer tokenizer, int context) {
    List<Sequence> sequences = new ArrayList<>();
    for (Document document : documents) {
      int[] tokens = tokenizer.encode(document.text());
      for (int first = 0; first < tokens.length; first += context) {
        int[] piece = Arrays.copyOfRange(tokens, first, Math.min(tokens.length, first + context));
        sequences.add(new Sequence(document, first / context, piece, 0));
      }
    }
    return sequences;
  }

  /**
   * What a model that knows nothing but the frequencies of tokens would lose, in nats a token:
   * cross-entropy of the held-out sequences under the add-one frequencies of the training ones.
   *
   * @return the loss, NaN without held-out sequences
   */
  public double unigramLoss() {
    double[] counts = new double[tokenizer.vocabulary()];
    Arrays.fill(counts, 1);
    training.forEach(sequence -> Arrays.stream(sequence.tokens()).forEach(t -> counts[t]++));
    double total = Arrays.stream(counts).sum();
    return heldOut.stream()
        .flatMapToInt(sequence -> Arrays.stream(sequence.tokens()))
        .mapToDouble(token -> -Math.log(counts[token] / total))
        .average()
        .orElse(Double.NaN);
  }
}
