/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.huggingface.TextTokenizer;
import io.github.influence4j.huggingface.TokenSequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PackingTest {
  private static final Path GPT2 =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");
  private static final long END = 512;
  private static final int LENGTH = 12;
  private static final List<Text> TEXTS =
      List.of(
          new Text("one", "", "the cat sees red boats, and a dog likes old hats"),
          new Text("two", "", "my aunt"),
          new Text("asked", "who hides", " the king"),
          new Text("three", "", "our cook sells warm bread"));

  @TempDir private Path folder;

  private TextTokenizer tokenizer;

  @BeforeEach
  void open() throws IOException {
    tokenizer = TextTokenizer.open(GPT2);
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  /** What a model was trained on: one stream of ids, cut every twelve tokens. */
  @Test
  void textsAreJoinedAndCut() throws IOException {
    long[] stream =
        TEXTS.stream()
            .filter(text -> text.prompt().isEmpty())
            .flatMapToLong(
                text ->
                    LongStream.concat(
                        Arrays.stream(tokenizer.encode(text.text()).ids()), LongStream.of(END)))
            .toArray();
    EndOfText end = EndOfText.of(GPT2, tokenizer);
    assertThat(end.id()).isEqualTo(END);
    List<Piece> pieces = new Pieces(tokenizer, LENGTH).packed(TEXTS, end);
    int windows = stream.length / LENGTH;
    assertThat(windows).isGreaterThan(2);
    assertThat(stream.length % LENGTH).isGreaterThanOrEqualTo(2);
    assertThat(pieces).hasSize(windows + 2);
    for (int w = 0; w <= windows; w++) {
      TokenSequence sequence = pieces.get(w).sequence();
      long[] expected =
          Arrays.copyOfRange(stream, LENGTH * w, Math.min(stream.length, LENGTH * (w + 1)));
      assertThat(sequence.ids()).containsExactly(expected);
      assertThat(sequence.labels()).containsExactly(expected); // each is to be predicted
      assertThat(pieces.get(w).texts()).hasSize(expected.length);
    }
    assertThat(pieces.get(0).label()).isEqualTo("one · window 1");
    assertThat(pieces.stream().flatMap(piece -> piece.texts().stream()))
        .filteredOn("<|endoftext|>"::equals)
        .hasSize(3);
  }

  @Test
  void aCompletionStaysByItselfAndItsPromptIsNotPredicted() throws IOException {
    List<Piece> pieces = new Pieces(tokenizer, 16).packed(TEXTS, EndOfText.of(GPT2, tokenizer));
    Piece last = pieces.get(pieces.size() - 1);
    assertThat(last.label()).isEqualTo("asked");
    long[] labels = last.sequence().labels();
    int prompt = tokenizer.encode("who hides").ids().length;
    assertThat(labels).hasSize(last.sequence().length());
    assertThat(Arrays.copyOf(labels, prompt)).containsOnly(TokenSequence.IGNORED);
    assertThat(Arrays.copyOfRange(labels, prompt, labels.length))
        .containsExactly(Arrays.copyOfRange(last.sequence().ids(), prompt, labels.length))
        .isNotEmpty();
  }

  @Test
  void aWindowNamesItsTexts() throws IOException {
    List<Text> texts =
        List.of(TEXTS.get(1), TEXTS.get(3), TEXTS.get(0), new Text("d", "", "a dog"));
    List<Piece> pieces = new Pieces(tokenizer, 12).packed(texts, EndOfText.of(GPT2, tokenizer));
    assertThat(pieces.get(0).label()).startsWith("two + three").endsWith(" · window 1");
    Window window = new Window(5);
    for (String name : new String[] {"a", "b", "c", "d", "e"}) {
      window.add(1, "", name);
    }
    assertThat(window.pieces().get(0).label()).isEqualTo("a + 4 more · window 1");
  }

  @Test
  void theTokenizersEndOfTextComesFirst() throws IOException {
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": [7, 8]}");
    assertThat(EndOfText.of(folder, tokenizer).id()).isEqualTo(7);
    Files.writeString(config, "{\"eos_token\": {\"content\": \"<|endoftext|>\"}}");
    assertThat(EndOfText.of(folder, tokenizer).id()).isEqualTo(END);
    Files.writeString(config, "{\"eos_token\": \"<|endoftext|>\"}");
    assertThat(EndOfText.of(folder, tokenizer).id()).isEqualTo(END);
    Files.writeString(config, "{\"eos_token\": null}");
    Files.writeString(folder.resolve("config.json"), "{}");
    assertThatThrownBy(() -> EndOfText.of(folder, tokenizer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leave --packing out");
    Files.writeString(config, "[]");
    assertThatThrownBy(() -> EndOfText.of(folder, tokenizer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no JSON object");
  }
}
