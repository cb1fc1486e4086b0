/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The words of training sequences: how many sequences have each, and which a query shares. */
final class Words {
  private final List<Set<String>> sequences;
  private final Map<String, Integer> frequencies = new HashMap<>();

  Words(List<String> texts) {
    sequences = texts.stream().map(Words::of).toList();
    sequences.forEach(words -> words.forEach(word -> frequencies.merge(word, 1, Integer::sum)));
  }

  /** The words of a text in lower case, in the order they first occur. */
  static Set<String> of(String text) {
    Set<String> words = new LinkedHashSet<>();
    Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^\\p{L}]+"))
        .filter(word -> !word.isEmpty())
        .forEach(words::add);
    return words;
  }

  /** How many sequences have a word. */
  int frequency(String word) {
    return frequencies.getOrDefault(word, 0);
  }

  /** Whether a sequence has any of some words. */
  boolean anyIn(int sequence, Set<String> words) {
    return words.stream().anyMatch(sequences.get(sequence)::contains);
  }

  /** The share of a query's words that a sequence has too, rare words counting more (by IDF). */
  double shared(Set<String> query, int sequence) {
    double all = query.stream().mapToDouble(this::weight).sum();
    double common =
        query.stream().filter(sequences.get(sequence)::contains).mapToDouble(this::weight).sum();
    return all == 0 ? 0 : common / all;
  }

  private double weight(String word) {
    int having = frequency(word);
    return Math.log1p((sequences.size() - having + 0.5) / (having + 0.5));
  }
}
