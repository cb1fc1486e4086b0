/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Real sequences, some of which hold a passage of random words in their middle.
 *
 * @param training the sequences
 * @param passages tokens of each planted passage
 * @param copies by passage: numbers of the sequences that hold it
 * @param queries by passage: its first half, as the beginning of a text, asks for its second
 */
record PlantedCorpus(
    List<TokenSequence> training,
    List<long[]> passages,
    List<List<Integer>> copies,
    List<TokenSequence> queries) {
  private static final int COPIES = 5;

  /** Every third full sequence of a corpus; passages half as long as the context. */
  static PlantedCorpus of(Corpus corpus, int context, int passages) {
    List<TokenSequence> training = new ArrayList<>();
    List<TokenSequence> full =
        corpus.training().stream()
            .map(Piece::sequence)
            .filter(sequence -> sequence.length() == context)
            .toList();
    for (int i = 0; i < full.size(); i += 3) {
      training.add(full.get(i));
    }
    List<String> words = words(corpus);
    List<long[]> planted = new ArrayList<>();
    List<List<Integer>> places = new ArrayList<>();
    int distance = training.size() / (passages * COPIES);
    for (int p = 0; p < passages; p++) {
      long[] passage = passage(corpus, words, p, context / 2);
      List<Integer> numbers = new ArrayList<>();
      for (int c = 0; c < COPIES; c++) {
        int host = (p * COPIES + c) * distance;
        training.set(host, planted(training.get(host), passage));
        numbers.add(host);
      }
      planted.add(passage);
      places.add(numbers);
    }
    List<TokenSequence> queries =
        planted.stream().map(passage -> query(corpus.learnt().end(), passage)).toList();
    return new PlantedCorpus(training, planted, places, queries);
  }

  private static TokenSequence query(long begin, long[] passage) {
    int half = passage.length / 2;
    long[] prompt = new long[half + 1];
    prompt[0] = begin;
    System.arraycopy(passage, 0, prompt, 1, half);
    return TokenSequence.completion(prompt, Arrays.copyOfRange(passage, half, passage.length));
  }

  private static List<String> words(Corpus corpus) {
    return corpus.training().stream()
        .map(piece -> corpus.text(piece.sequence()))
        .flatMap(text -> Words.of(text).stream())
        .filter(word -> word.length() >= 4)
        .distinct()
        .sorted()
        .toList();
  }

  private static long[] passage(Corpus corpus, List<String> words, int number, int length) {
    StringBuilder text = new StringBuilder();
    for (int w = 0; w < length; w++) {
      double place = CounterRandom.uniform(Workbench.SEED, number, w);
      text.append(' ').append(words.get((int) (place * words.size())));
    }
    return Arrays.copyOf(corpus.tokenizer().encode(text.toString(), false).ids(), length);
  }

  private static TokenSequence planted(TokenSequence host, long[] passage) {
    long[] tokens = host.ids();
    System.arraycopy(passage, 0, tokens, (tokens.length - passage.length) / 2, passage.length);
    return TokenSequence.of(tokens);
  }
}
