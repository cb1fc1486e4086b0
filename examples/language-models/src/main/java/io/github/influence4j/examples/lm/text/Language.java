/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Guesses the language of a text by its most frequent words. */
final class Language {
  /** What a text of no known language has. */
  static final String UNKNOWN = "?";

  /** A text of the language has at least this share of them among its words. */
  private static final double LEAST_SHARE = 0.12;

  private static final List<Language> ALL =
      List.of(
          new Language("en", "the of and to that is in for this we it have"),
          new Language("de", "der die und das nicht ist zu wir ein eine den auf daß dass"),
          new Language("fr", "les des et que est une dans nous pour qui du au le la"),
          new Language("es", "los las el y que en una por la del es para se"),
          new Language("it", "il di che è e per una della non dei sono la le"),
          new Language("nl", "het van een dat en niet zijn voor op ook wij deze de"),
          new Language("pt", "os o que não da do uma para as dos em um e a"),
          new Language("sv", "att och det som är av för inte den ett vi har på"),
          new Language("da", "at og det er af ikke den en til der vi jeg på"),
          new Language("fi", "ja on että ei myös se tämä ovat joka olen mutta"));

  private final String code;
  private final Set<String> words;

  private Language(String code, String words) {
    this.code = code;
    this.words = Arrays.stream(words.split(" ")).collect(Collectors.toUnmodifiableSet());
  }

  /** Codes of the languages that are told apart. */
  static List<String> codes() {
    return ALL.stream().map(language -> language.code).toList();
  }

  /** A code, or {@link #UNKNOWN}. */
  static String of(String text) {
    String[] textWords = text.toLowerCase(Locale.ROOT).split("[^\\p{L}]+");
    String best = UNKNOWN;
    double most = LEAST_SHARE * textWords.length;
    for (Language language : ALL) {
      long found = Arrays.stream(textWords).filter(language.words::contains).count();
      if (found > most) {
        most = found;
        best = language.code;
      }
    }
    return best;
  }
}
