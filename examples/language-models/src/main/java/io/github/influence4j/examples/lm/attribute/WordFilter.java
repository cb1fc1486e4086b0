/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.lucene.Ranking;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Lets sequences pass that share rare tokens with a query.
 *
 * @param name as on the command line
 * @param ranking the formula
 * @param candidates that pass for each query
 */
record WordFilter(String name, Ranking ranking, int candidates) {
  /** From {@code bm25:1000}. */
  static final class Converter implements ITypeConverter<WordFilter> {
    private static final Pattern FORM = Pattern.compile("(tfidf|bm25):([1-9]\\d{0,8})");

    /** For picocli. */
    Converter() {}

    @Override
    public WordFilter convert(String text) {
      Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "\"" + text + "\" is no filter; write tfidf:N or bm25:N, N the sequences that pass");
      }
      Ranking ranking = matcher.group(1).equals("bm25") ? Ranking.BM25 : Ranking.TF_IDF;
      return new WordFilter(matcher.group(), ranking, Integer.parseInt(matcher.group(2)));
    }
  }
}
