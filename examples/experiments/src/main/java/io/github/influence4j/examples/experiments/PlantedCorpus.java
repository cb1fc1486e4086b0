/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Real sequences, some of which hold a passage of random words in their middle.
 *
 * @param training the sequences
 * @param passages tokens of each planted passage
 * @param copies by passage: numbers of the sequences that hold it
 */
record PlantedCorpus(List<Sequence> training, List<int[]> passages, List<List<Integer>> copies) {
  private static final int COPIES = 5;

  /** Every third full sequence of a corpus; passages half as long as the context. */
  static PlantedCorpus of(Corpus corpus, int context, int passages) {
    List<Sequence> training = new ArrayList<>();
    List<Sequence> full =
        corpus.training().stream().filter(piece -> piece.length() == context).toList();
    for (int i = 0; i < full.size(); i += 3) {
      training.add(full.get(i));
    }
    List<String> words = words(corpus);
    List<int[]> planted = new ArrayList<>();
    List<List<Integer>> places = new ArrayList<>();
    int distance = training.size() / (passages * COPIES);
    for (int p = 0; p < passages; p++) {
      int[] passage = passage(corpus, words, p, context / 2);
      List<Integer> numbers = new ArrayList<>();
      for (int c = 0; c < COPIES; c++) {
        int host = (p * COPIES + c) * distance;
        training.set(host, planted(training.get(host), passage));
        numbers.add(host);
      }
      planted.add(passage);
      places.add(numbers);
    }
    return new PlantedCorpus(training, planted, places);
  }

  /** One for each passage: its first half asks for its second. */
  List<Sequence> queries() {
    return passages.stream()
        .map(
            passage ->
                new Sequence(
                    new Document("passage", "planted passage", "?", ""),
                    0,
                    passage,
                    passage.length / 2))
        .toList();
  }

  private static List<String> words(Corpus corpus) {
    return corpus.training().stream()
        .map(piece -> corpus.tokenizer().decode(piece.tokens()))
        .flatMap(text -> Words.of(text).stream())
        .filter(word -> word.length() >= 4)
        .distinct()
        .sorted()
        .toList();
  }

  private static int[] passage(Corpus corpus, List<String> words, int number, int length) {
    StringBuilder text = new StringBuilder();
    for (int w = 0; w < length; w++) {
      double place = CounterRandom.uniform(Workbench.SEED, number, w);
      text.append(' ').append(words.get((int) (place * words.size())));
    }
    return Arrays.copyOf(corpus.tokenizer().encode(text.toString()), length);
  }

  private static Sequence planted(Sequence host, int[] passage) {
    int[] tokens = host.tokens().clone();
    System.arraycopy(passage, 0, tokens, (tokens.length - passage.length) / 2, passage.length);
    return new Sequence(host.document(), host.number(), tokens, 0);
  }
}
