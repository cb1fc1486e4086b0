/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.MatrixCheck.Finding;
import io.github.influence4j.examples.lm.run.ProgressBar;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Whether a model is worth explaining: a damaged file, or another tokenizer, loads without an error
 * and computes nonsense. It must predict its corpus better than who only knows how often tokens
 * are, and none of its matrices may lie the wrong way round.
 *
 * @param loss of the model, nats a token
 * @param frequencies loss of the corpus' own frequencies of tokens, each counted once more
 * @param uniform loss of a guess among all tokens
 * @param findings conspicuous matrices
 * @param cost of looking at the matrices, in words; empty where none was looked at
 */
record Sanity(
    double loss, double frequencies, double uniform, List<Finding> findings, String cost) {
  /** Sequences that the loss is taken from, at least, and at most. */
  private static final int LEAST = 32;

  private static final int MOST = 1024;

  Sanity {
    findings = List.copyOf(findings);
  }

  /**
   * Looks at some sequences, spread over the corpus.
   *
   * @param targets tokens to be predicted while each matrix is looked at; 0 leaves them alone
   * @param err where progress is shown
   */
  static Sanity of(LanguageModel model, List<Piece> corpus, int targets, PrintWriter err) {
    List<TokenSequence> sample = sample(corpus, targets);
    List<double[]> losses = sample.stream().map(text -> Losses.of(model, text)).toList();
    double loss = losses.stream().flatMapToDouble(Arrays::stream).average().orElse(0);
    double frequencies = frequencies(corpus, model.vocabulary());
    double uniform = Math.log(model.vocabulary());
    if (targets == 0) {
      return new Sanity(loss, frequencies, uniform, List.of(), "");
    }
    int looked = first(sample, targets);
    MatrixCheck check =
        new MatrixCheck(model, sample.subList(0, looked), losses.subList(0, looked));
    long start = System.nanoTime();
    ProgressBar bar = new ProgressBar(err, "matrices", check.matrices(), 0);
    double without = Math.min(frequencies, uniform);
    List<Finding> findings =
        check.run(done -> bar.update(done, "")).stream()
            .filter(finding -> loss - finding.gain() < without) // else one noise for another
            .toList();
    String cost =
        String.format(
            Locale.ROOT,
            "%,d matrices were looked at, by %,d tokens through the model in %.1f s",
            check.matrices(),
            check.tokens(),
            (System.nanoTime() - start) / 1e9);
    return new Sanity(loss, frequencies, uniform, findings, cost);
  }

  /** Spread over the corpus, in an order whose beginnings are spread as well. */
  private static List<TokenSequence> sample(List<Piece> corpus, int targets) {
    long all = corpus.stream().mapToLong(piece -> piece.sequence().targets()).sum();
    double each = Math.max(1, (double) all / corpus.size());
    int wanted = (int) Math.min(MOST, Math.max(LEAST, Math.ceil(targets / each)));
    int count = Math.min(corpus.size(), wanted);
    List<TokenSequence> out = new ArrayList<>();
    for (int start = 0; start < 4; start++) {
      for (int i = start; i < count; i += 4) {
        out.add(corpus.get((int) ((long) i * corpus.size() / count)).sequence());
      }
    }
    return out;
  }

  /** As many sequences as have that many tokens to be predicted. */
  private static int first(List<TokenSequence> sample, int targets) {
    int count = 0;
    for (long seen = 0; count < sample.size() && seen < targets; count++) {
      seen += sample.get(count).targets();
    }
    return count;
  }

  private static double frequencies(List<Piece> corpus, int vocabulary) {
    long[] counts = new long[vocabulary];
    long all = 0;
    for (Piece piece : corpus) {
      for (long id : piece.sequence().ids()) {
        counts[(int) id]++;
        all++;
      }
    }
    double loss = 0;
    for (long count : counts) {
      loss -= count * Math.log((count + 1.0) / (all + vocabulary));
    }
    return loss / all;
  }

  /** What to be wary of: a line each. */
  List<String> warnings() {
    List<String> out = new ArrayList<>();
    if (loss >= Math.min(frequencies, uniform)) {
      out.add(
          "WARNING: the model predicts this text no better than who only counts tokens. Its weights"
              + " or its tokenizer may be damaged, or it was never trained on such text; the scores"
              + " explain a model that does not work.");
    }
    String transposed = names(true);
    if (!transposed.isEmpty()) {
      out.add(
          "WARNING: the weights are damaged. With its numbers in the order of its transpose the"
              + " model predicts better: "
              + transposed
              + ". The scores explain a model that does not work.");
    }
    String harmful = names(false);
    if (!harmful.isEmpty()) {
      out.add(
          "Note: the model predicts this text better without "
              + harmful
              + ": either it is unlike what the model was trained on, or these weights are damaged.");
    }
    return out;
  }

  private String names(boolean transposed) {
    return findings.stream()
        .filter(finding -> finding.transposed() == transposed)
        .map(Finding::toString)
        .collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    String losses =
        String.format(
            Locale.ROOT,
            "Loss on the corpus: %.2f nats a token (its frequencies of tokens alone: %.2f; a"
                + " uniform guess: %.2f).",
            loss,
            frequencies,
            uniform);
    return cost.isEmpty() ? losses : losses + " " + cost + ".";
  }
}
