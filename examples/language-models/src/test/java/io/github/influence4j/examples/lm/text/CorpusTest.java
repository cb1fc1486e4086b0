/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.model.LearntTokenizer;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.TokenSequence;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CorpusTest {
  @TempDir private Path folder;

  @BeforeAll
  static void load() {
    Torch.load();
  }

  private static List<Document> documents(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Document("d" + i, "Title " + i, "?", "The house is number " + i + "."))
        .toList();
  }

  @Test
  void cutsDocumentsWithoutLoss() {
    try (Corpus corpus = Corpus.of(documents(40), 300, 5)) {
      List<Piece> all = new ArrayList<>(corpus.training());
      all.addAll(corpus.heldOut());
      assertThat(corpus.heldOut()).hasSize(all.size() / 20);
      String seventh =
          all.stream()
              .filter(piece -> piece.label().startsWith("Title 7 (d7)"))
              .sorted(Comparator.comparing(Piece::label))
              .peek(piece -> assertThat(piece.length()).isBetween(2, 5))
              .map(piece -> corpus.text(piece.sequence()))
              .collect(Collectors.joining());
      // A token that is left over at the end is no sequence.
      assertThat("The house is number 7.").startsWith(seventh);
      assertThat(seventh).hasSizeGreaterThan(15);
    }
  }

  @Test
  void documentsAreHeldOutAsAWhole() {
    try (Corpus corpus =
        Corpus.of(documents(3).subList(0, 2), documents(3).subList(2, 3), 300, 64)) {
      assertThat(corpus.training())
          .extracting(Piece::label)
          .containsExactly("Title 0 (d0)", "Title 1 (d1)");
      assertThat(corpus.heldOut()).extracting(Piece::label).containsExactly("Title 2 (d2)");
      assertThat(corpus.text(corpus.heldOut().get(0).sequence()))
          .isEqualTo("The house is number 2.");
    }
  }

  @Test
  void unigramLossOfEvenTokensIsTheirLogarithm() {
    LearntTokenizer bytes = LearntTokenizer.learn(List.of(), 257);
    Piece ab = new Piece("d", TokenSequence.of(256, 0, 1, 2, 3), List.of());
    try (Corpus corpus = new Corpus(bytes, bytes.open(), List.of(ab), List.of(ab))) {
      // 4 of the 257 tokens have a count of 1 + 1, in a total of 257 + 4.
      assertThat(corpus.unigramLoss()).isCloseTo(Math.log(261 / 2.0), within(1e-12));
    }
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
