/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CorpusTest {
  @TempDir private Path folder;

  private static List<Document> documents(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Document("d" + i, "Title " + i, "?", "The house is number " + i + "."))
        .toList();
  }

  @Test
  void cutsDocumentsWithoutLoss() {
    Corpus corpus = Corpus.of(documents(40), 300, 4);
    List<Sequence> all = Corpus.cut(documents(40), corpus.tokenizer(), 4);
    assertThat(corpus.heldOut())
        .hasSize(all.size() / 20)
        .doesNotContainAnyElementsOf(corpus.training());
    assertThat(corpus.training()).hasSize(all.size() - all.size() / 20);
    StringBuilder first = new StringBuilder();
    for (Sequence sequence : all) {
      assertThat(sequence.length()).isBetween(1, 4);
      if (sequence.document().id().equals("d7")) {
        first.append(corpus.tokenizer().decode(sequence.tokens()));
      }
    }
    assertThat(first.toString()).isEqualTo("The house is number 7.");
  }

  @Test
  void inputsAreLabelsOneLater() {
    Sequence sequence = new Sequence(documents(1).get(0), 0, new int[] {5, 6, 7}, 1);
    assertThat(sequence.inputs()).containsExactly(Tokenizer.START, 5, 6);
    assertThat(sequence.labels()).containsExactly(-100, 6, 7);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sequence(documents(1).get(0), 0, new int[] {5}, 1))
        .withMessageContaining("at least one token to predict");
  }

  @Test
  void unigramLossOfEvenTokensIsTheirLogarithm() {
    Document document = new Document("d", "d", "?", "ab");
    Sequence ab = new Sequence(document, 0, new int[] {0, 1, 2, 3}, 0);
    Tokenizer bytes = new Tokenizer(List.of());
    // 4 of the 257 tokens have a count of 1 + 1, in a total of 257 + 4.
    assertThat(new Corpus(bytes, List.of(ab), List.of(ab)).unigramLoss())
        .isCloseTo(Math.log(261 / 2.0), within(1e-12));
  }

  @Test
  void tooLittleText() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Corpus.of(documents(1), 257, 64))
        .withMessageContaining("fewer than the context of 64");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Corpus.of(List.of(), 257, 64))
        .withMessageContaining("The corpus has 0 tokens");
  }

  @Test
  void readsFoldersOfUtf8() throws IOException {
    Files.createDirectory(folder.resolve("b"));
    Files.writeString(folder.resolve("b/two.txt"), "Grüße an die Welt und das Haus");
    Files.writeString(folder.resolve("one.txt"), "one");
    Files.writeString(folder.resolve("empty.txt"), " \n");
    assertThat(TextFiles.documents(folder))
        .containsExactly(
            new Document("b/two.txt", "b/two.txt", "de", "Grüße an die Welt und das Haus"),
            new Document("one.txt", "one.txt", "?", "one"));
    assertThat(TextFiles.documents(folder.resolve("one.txt"))).hasSize(1);

    Path latin1 = folder.resolve("latin1.txt");
    Files.write(latin1, "Grüße".getBytes(StandardCharsets.ISO_8859_1));
    assertThatIOException()
        .isThrownBy(() -> TextFiles.documents(folder))
        .withMessageContaining("latin1.txt is not UTF-8");
  }

  @Test
  void europarlInEnglish() throws IOException {
    List<Document> english = Europarl.documents("en");
    assertThat(english).hasSizeBetween(1_000, 2_500);
    long other = english.stream().filter(d -> !d.text().matches("(?s).*\\b(the|The)\\b.*")).count();
    assertThat(other).isLessThan(10);
    assertThat(english.get(0).title()).matches(".+, \\d{4}-\\d{2}-\\d{2}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Europarl.documents("xx"))
        .withMessageContaining("choose one of [en, de, ");
  }
}
