/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.examples.lm.model.LearntTokenizer;
import io.github.influence4j.huggingface.TextTokenizer;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Invented facts, each told in several ways, such as "The capital of Astrobia is Zorald."
 *
 * @param count how many facts
 * @param tokenizer learnt from all sentences
 * @param training the sentences, fact by fact, in the order of {@link Wording}
 * @param asked by fact: asks for its object
 */
record Facts(
    int count, LearntTokenizer tokenizer, List<TokenSequence> training, List<TokenSequence> asked) {
  private static final List<String> RELATIONS = List.of("capital", "ruler", "founder", "river");
  private static final List<String> SYLLABLES =
      List.of("ba", "do", "fe", "gi", "ku", "la", "mo", "ne", "pi", "ru", "sa", "to", "ve", "zi");

  /** The ways of telling a fact; names of the rows in the table. */
  enum Wording {
    /** As the query: first the subject, then the object. */
    KEPT("order kept", "The %1$s of %2$s is %3$s."),
    /** In other words, but first the subject. */
    REWORDED("reworded", "As to %2$s, the %1$s is %3$s."),
    /** First the object. */
    FLIPPED("order flipped", "%3$s is the %1$s of %2$s."),
    /** The query's prompt alone. */
    NO_COMPLETION("no completion", "The %1$s of %2$s is"),
    /** The query's completion alone. */
    NO_PROMPT("no prompt", "%3$s.");

    private final String label;
    private final String form;

    Wording(String label, String form) {
      this.label = label;
      this.form = form;
    }

    String label() {
      return label;
    }

    String tell(int fact) {
      return String.format(form, relation(fact), invented(fact, 0), invented(fact, 1));
    }
  }

  static Facts of(int count, int vocabulary) {
    List<String> sentences = new ArrayList<>();
    for (int fact = 0; fact < count; fact++) {
      for (Wording wording : Wording.values()) {
        sentences.add(wording.tell(fact));
      }
    }
    LearntTokenizer learnt = LearntTokenizer.learn(sentences, vocabulary);
    try (TextTokenizer tokenizer = learnt.open()) {
      List<TokenSequence> training =
          sentences.stream().map(text -> TokenSequence.of(tokenizer.encode(text).ids())).toList();
      List<TokenSequence> asked =
          IntStream.range(0, count)
              .mapToObj(
                  fact ->
                      tokenizer.completion(
                          Wording.NO_COMPLETION.tell(fact), " " + Wording.NO_PROMPT.tell(fact)))
              .toList();
      return new Facts(count, learnt, training, asked);
    }
  }

  /** Which training sequence tells a fact in some way. */
  int number(int fact, Wording wording) {
    Wording[] all = Wording.values();
    return fact * all.length + List.of(all).indexOf(wording);
  }

  private static String relation(int fact) {
    return RELATIONS.get(fact % RELATIONS.size());
  }

  /** A name of three syllables; the numbers of facts and roles name it. */
  private static String invented(int fact, int role) {
    StringBuilder name = new StringBuilder();
    for (int s = 0; s < 3; s++) {
      double place = CounterRandom.uniform(Workbench.SEED, fact, 3L * role + s);
      name.append(SYLLABLES.get((int) (place * SYLLABLES.size())));
    }
    return name.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + name.substring(1);
  }
}
