/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Learns the merges of a byte-pair encoding from the words of a text and their counts. */
final class MergeLearner {
  /**
   * Two neighbouring tokens.
   *
   * @param left id of the first
   * @param right id of the second
   */
  private record Pair(int left, int right) {}

  /** Of equally frequent pairs the one of the smallest ids, so that the result is one only. */
  private static final Comparator<Map.Entry<Pair, Long>> MOST_FREQUENT =
      Map.Entry.<Pair, Long>comparingByValue()
          .thenComparing(e -> e.getKey().left(), Comparator.reverseOrder())
          .thenComparing(e -> e.getKey().right(), Comparator.reverseOrder());

  private final List<String> tokens;
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> merges = new ArrayList<>();
  private final List<int[]> words = new ArrayList<>();
  private final List<Integer> counts = new ArrayList<>();
  private final Map<Pair, Long> pairs = new HashMap<>();

  /**
   * Learns from words.
   *
   * @param beginning the tokens there are before the first merge; first those of the bytes
   * @param wordCounts how often each word is
   */
  MergeLearner(List<String> beginning, Map<String, Integer> wordCounts) {
    tokens = new ArrayList<>(beginning);
    for (String token : tokens) {
      ids.put(token, ids.size());
    }
    new TreeMap<>(wordCounts)
        .forEach(
            (word, count) -> {
              words.add(ByteLetters.values(word));
              counts.add(count);
              count(words.size() - 1, 1);
            });
  }

  /** Merges the most frequent pair until there are that many tokens, or no pair is there twice. */
  void learn(int vocabulary) {
    while (tokens.size() < vocabulary) {
      Map.Entry<Pair, Long> best = pairs.entrySet().stream().max(MOST_FREQUENT).orElse(null);
      if (best == null || best.getValue() < 2) {
        break;
      }
      merge(best.getKey());
    }
  }

  /** By their id, in the letters of bytes. */
  List<String> tokens() {
    return tokens;
  }

  /** Pairs of tokens, a space between them, in the order they were learnt. */
  List<String> merges() {
    return merges;
  }

  /** Two pairs may make the same token. */
  private void merge(Pair pair) {
    String left = tokens.get(pair.left());
    String right = tokens.get(pair.right());
    merges.add(left + " " + right);
    int id = ids.computeIfAbsent(left + right, token -> tokens.size());
    if (id == tokens.size()) {
      tokens.add(left + right);
    }
    for (int w = 0; w < words.size(); w++) {
      int[] merged = merged(words.get(w), pair, id);
      if (merged.length < words.get(w).length) {
        count(w, -1);
        words.set(w, merged);
        count(w, 1);
      }
    }
  }

  /** Adds the pairs of a word, or takes them away. */
  private void count(int word, int sign) {
    int[] symbols = words.get(word);
    long times = (long) sign * counts.get(word);
    for (int i = 0; i + 1 < symbols.length; i++) {
      Pair pair = new Pair(symbols[i], symbols[i + 1]);
      if (pairs.merge(pair, times, Long::sum) == 0) {
        pairs.remove(pair);
      }
    }
  }

  /** Every occurrence of a pair replaced, from the left. */
  private static int[] merged(int[] symbols, Pair pair, int id) {
    int[] merged = new int[symbols.length];
    int length = 0;
    for (int i = 0; i < symbols.length; i++) {
      boolean both =
          i + 1 < symbols.length && symbols[i] == pair.left() && symbols[i + 1] == pair.right();
      merged[length++] = both ? id : symbols[i];
      i += both ? 1 : 0;
    }
    return length == symbols.length ? symbols : Arrays.copyOf(merged, length);
  }
}
