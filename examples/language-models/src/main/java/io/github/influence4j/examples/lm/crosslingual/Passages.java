/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import io.github.influence4j.examples.lm.model.LearntTokenizer;
import io.github.influence4j.huggingface.TextTokenizer;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the model learns from: each passage in each language, and each passage of the first language
 * followed by its translation, so that the languages meet in one context. A passage is cut at half
 * a context.
 */
final class Passages implements AutoCloseable {
  private final List<List<String>> texts;
  private final int languages;
  private final LearntTokenizer learnt;
  private final TextTokenizer tokenizer;
  private final int context;

  /** Of texts [passage][language]. */
  Passages(List<List<String>> texts, int vocabulary, int context) {
    this.texts = texts;
    this.languages = texts.get(0).size();
    this.learnt = LearntTokenizer.learn(texts.stream().flatMap(List::stream).toList(), vocabulary);
    this.tokenizer = learnt.open();
    this.context = context;
  }

  int count() {
    return texts.size();
  }

  LearntTokenizer tokenizer() {
    return learnt;
  }

  /** All passages of one language. */
  List<TokenSequence> in(int language) {
    return IntStream.range(0, texts.size())
        .mapToObj(p -> TokenSequence.of(tokens(p, language)))
        .toList();
  }

  /** The same as texts, as far as the model reads them. */
  List<String> textsIn(int language) {
    return in(language).stream().map(passage -> tokenizer.decode(passage.ids(), true)).toList();
  }

  /** First the passages of each language, then the translations beside each other. */
  List<TokenSequence> training() {
    List<TokenSequence> training = new ArrayList<>();
    for (int l = 0; l < languages; l++) {
      training.addAll(in(l));
    }
    for (int l = 1; l < languages; l++) {
      for (int p = 0; p < texts.size(); p++) {
        training.add(TokenSequence.of(pair(p, l)));
      }
    }
    return training;
  }

  /** Behind the beginning of a text. */
  private long[] tokens(int passage, int language) {
    long[] tokens = tokenizer.encode(texts.get(passage).get(language)).ids();
    return tokens.length <= context / 2 ? tokens : Arrays.copyOf(tokens, context / 2);
  }

  /** The translation has no beginning of its own. */
  private long[] pair(int passage, int language) {
    long[] first = tokens(passage, 0);
    long[] second = tokens(passage, language);
    long[] both = Arrays.copyOf(first, first.length + second.length - 1);
    System.arraycopy(second, 1, both, first.length, second.length - 1);
    return both;
  }

  /** Closes the tokenizer. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
