/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Learns the merges of a byte-pair encoding from the words of a text and their counts. */
final class MergeLearner {
  /** Of equally frequent pairs the one of the smallest ids, so that the result is one only. */
  private static final Comparator<Map.Entry<TokenPair, Long>> MOST_FREQUENT =
      Map.Entry.<TokenPair, Long>comparingByValue()
          .thenComparing(e -> e.getKey().left(), Comparator.reverseOrder())
          .thenComparing(e -> e.getKey().right(), Comparator.reverseOrder());

  private final List<int[]> words = new ArrayList<>();
  private final List<Integer> counts = new ArrayList<>();
  private final Map<TokenPair, Long> pairs = new HashMap<>();

  MergeLearner(Map<String, Integer> wordCounts) {
    new TreeMap<>(wordCounts)
        .forEach(
            (word, count) -> {
              words.add(symbols(word));
              counts.add(count);
              count(words.size() - 1, 1);
            });
  }

  /**
   * Learns merges, the most frequent pair first.
   *
   * @param merges how many, at most
   * @param firstId of the token that the first merge makes
   * @return in the order they were learnt
   */
  List<TokenPair> learn(int merges, int firstId) {
    List<TokenPair> learnt = new ArrayList<>();
    while (learnt.size() < merges) {
      Map.Entry<TokenPair, Long> best = pairs.entrySet().stream().max(MOST_FREQUENT).orElse(null);
      if (best == null || best.getValue() < 2) {
        break;
      }
      TokenPair merge = best.getKey();
      apply(merge, firstId + learnt.size());
      learnt.add(merge);
    }
    return learnt;
  }

  private void apply(TokenPair merge, int id) {
    for (int w = 0; w < words.size(); w++) {
      int[] merged = merged(words.get(w), merge, id);
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
      TokenPair pair = new TokenPair(symbols[i], symbols[i + 1]);
      if (pairs.merge(pair, times, Long::sum) == 0) {
        pairs.remove(pair);
      }
    }
  }

  static int[] symbols(String word) {
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    int[] symbols = new int[bytes.length];
    for (int i = 0; i < symbols.length; i++) {
      symbols[i] = bytes[i] & 0xff;
    }
    return symbols;
  }

  /** Every occurrence of a pair replaced, from the left. */
  static int[] merged(int[] symbols, TokenPair pair, int id) {
    int[] merged = new int[symbols.length];
    int length = 0;
    for (int i = 0; i < symbols.length; i++) {
      boolean both =
          i + 1 < symbols.length && symbols[i] == pair.left() && symbols[i + 1] == pair.right();
      merged[length++] = both ? id : symbols[i];
      i += both ? 1 : 0;
    }
    return length == symbols.length ? symbols : java.util.Arrays.copyOf(merged, length);
  }
}
