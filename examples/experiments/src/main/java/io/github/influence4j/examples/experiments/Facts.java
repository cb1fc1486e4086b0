/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.examples.lm.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Invented facts, each told in several ways, such as "The capital of Astrobia is Zorald."
 *
 * @param count how many facts
 * @param tokenizer learnt from all sentences
 * @param training the sentences, fact by fact, in the order of {@link Wording}
 */
record Facts(int count, Tokenizer tokenizer, List<Sequence> training) {
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

    private String tell(int fact) {
      return String.format(form, relation(fact), invented(fact, 0), invented(fact, 1));
    }
  }

  static Facts of(int count, int vocabulary) {
    List<Document> documents = new ArrayList<>();
    for (int fact = 0; fact < count; fact++) {
      for (Wording wording : Wording.values()) {
        String id = wording + " " + fact;
        documents.add(new Document(id, id, "en", wording.tell(fact)));
      }
    }
    Tokenizer tokenizer =
        Tokenizer.train(documents.stream().map(Document::text).toList(), vocabulary);
    List<Sequence> training =
        documents.stream()
            .map(text -> new Sequence(text, 0, tokenizer.encode(text.text()), 0))
            .toList();
    return new Facts(count, tokenizer, training);
  }

  /** Asks for the object of some facts. */
  List<Sequence> queries(int wanted) {
    List<Sequence> queries = new ArrayList<>();
    for (int fact = 0; fact < wanted; fact++) {
      Sequence told = training.get(number(fact, Wording.KEPT));
      int prompt = tokenizer.encode(Wording.NO_COMPLETION.tell(fact)).length;
      queries.add(new Sequence(told.document(), 0, told.tokens(), prompt));
    }
    return queries;
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
