/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.examples.lm.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the model learns from: each passage in each language, and each passage of the first language
 * followed by its translation, so that the languages meet in one context. A passage is cut at half
 * a context.
 */
final class Passages {
  private final List<String> languages;
  private final List<List<String>> texts;
  private final Tokenizer tokenizer;
  private final int context;

  /** Of texts [passage][language]. */
  Passages(List<String> languages, List<List<String>> texts, int vocabulary, int context) {
    this.languages = languages;
    this.texts = texts;
    this.tokenizer = Tokenizer.train(texts.stream().flatMap(List::stream).toList(), vocabulary);
    this.context = context;
  }

  int count() {
    return texts.size();
  }

  int vocabulary() {
    return tokenizer.vocabulary();
  }

  /** All passages of one language. */
  List<Sequence> in(int language) {
    return IntStream.range(0, texts.size())
        .mapToObj(p -> sequence(p, languages.get(language), tokens(p, language)))
        .toList();
  }

  /** The same as texts, as far as the model reads them. */
  List<String> textsIn(int language) {
    return in(language).stream().map(sequence -> tokenizer.decode(sequence.tokens())).toList();
  }

  /** First the passages of each language, then the translations beside each other. */
  List<Sequence> training() {
    List<Sequence> training = new ArrayList<>();
    for (int l = 0; l < languages.size(); l++) {
      training.addAll(in(l));
    }
    for (int l = 1; l < languages.size(); l++) {
      for (int p = 0; p < texts.size(); p++) {
        training.add(sequence(p, languages.get(0) + "+" + languages.get(l), pair(p, l)));
      }
    }
    return training;
  }

  private int[] tokens(int passage, int language) {
    int[] tokens = tokenizer.encode(texts.get(passage).get(language));
    return tokens.length <= context / 2 ? tokens : Arrays.copyOf(tokens, context / 2);
  }

  private int[] pair(int passage, int language) {
    int[] first = tokens(passage, 0);
    int[] second = tokens(passage, language);
    int[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static Sequence sequence(int passage, String language, int[] tokens) {
    String id = language + ":" + passage;
    return new Sequence(new Document(id, id, language, ""), 0, tokens, 0);
  }
}
