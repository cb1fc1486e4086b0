/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.influence4j.huggingface.TokenizedText.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokens, their places in the text, and back, against those of Hugging Face's tokenizers. */
final class TextTokenizerTest {
  static List<Path> cases() {
    List<Path> out = new ArrayList<>(Checkpoints.with("tokenization.json"));
    out.addAll(Checkpoints.under("tokenizers", "tokenization.json"));
    out.addAll(Checkpoints.under("real", "tokenization.json"));
    return out;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tokensAreThoseOfTheFile(Path directory) throws IOException {
    JsonObject all =
        JsonParser.parseString(Files.readString(directory.resolve("tokenization.json")))
            .getAsJsonObject();
    try (TextTokenizer tokenizer = TextTokenizer.open(directory)) {
      for (JsonElement element : all.getAsJsonArray("cases")) {
        JsonObject example = element.getAsJsonObject();
        String text = example.get("text").getAsString();
        for (String kind : List.of("plain", "with_special")) {
          JsonObject expected = example.getAsJsonObject(kind);
          TokenizedText found = tokenizer.encode(text, kind.equals("with_special"));
          assertThat(found.ids()).as(text).containsExactly(longs(expected.getAsJsonArray("ids")));
          assertThat(found.tokens().stream().map(Token::name))
              .containsExactlyElementsOf(strings(expected.getAsJsonArray("tokens")));
          List<List<Integer>> offsets =
              found.tokens().stream().map(token -> List.of(token.begin(), token.end())).toList();
          assertThat(offsets)
              .as(text)
              .containsExactlyElementsOf(pairs(expected.getAsJsonArray("offsets_utf16")));
          assertThat(tokenizer.decode(found.ids(), true))
              .isEqualTo(expected.get("decoded_skip_special").getAsString());
          assertThat(tokenizer.decode(found.ids(), false))
              .isEqualTo(expected.get("decoded_keep_special").getAsString());
        }
      }
    }
  }

  @Test
  void aCompletionIsWhatFollowsThePrompt() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(Checkpoints.resource("gpt2"))) {
      TokenSequence both = tokenizer.completion("line one", " two");
      assertThat(both.ids()).containsExactly(tokenizer.encode("line one two").ids());
      int completion = tokenizer.encode(" two").tokens().size();
      assertThat(both.targets()).isEqualTo(completion);
      assertThat(both.labels()[both.length() - completion]).isNotEqualTo(TokenSequence.IGNORED);
      assertThat(both.labels()[both.length() - completion - 1]).isEqualTo(TokenSequence.IGNORED);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> tokenizer.completion("line one", ""))
          .withMessage("The completion has no tokens.");
    }
  }

  /** Where bounds leave out spaces, as those of GPT-NeoX do, a token of spaces alone has none. */
  @Test
  void spacesBelongToTheCompletionThoughTheyHaveNoBounds(@TempDir Path directory)
      throws IOException {
    String json = Files.readString(Checkpoints.resource("gpt2").resolve("tokenizer.json"));
    JsonObject trimmed = JsonParser.parseString(json).getAsJsonObject();
    trimmed.getAsJsonObject("post_processor").addProperty("trim_offsets", true);
    Files.writeString(directory.resolve("tokenizer.json"), trimmed.toString());
    try (TextTokenizer tokenizer = TextTokenizer.open(directory)) {
      int prompt = tokenizer.encode("line one").tokens().size();
      Token space = tokenizer.encode("line one  two").tokens().get(prompt);
      assertThat(space.begin()).isEqualTo(space.end());
      TokenSequence both = tokenizer.completion("line one", "  two");
      assertThat(both.targets()).isEqualTo(both.length() - prompt);
      TokenSequence one = tokenizer.completion("line one ", " two");
      assertThat(one.targets()).isEqualTo(one.length() - prompt - 1);
    }
  }

  @Test
  void halvesOfCharactersAndNulAreRead() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(Checkpoints.resource("gpt2"))) {
      String text = "a\uD83D b\u0000c\uDE00 \uD83D\uDE00.";
      TokenizedText found = tokenizer.encode(text);
      assertThat(tokenizer.decode(found.ids(), false))
          .isEqualTo("a\uFFFD b\u0000c\uFFFD \uD83D\uDE00.");
      Token last = found.tokens().get(found.tokens().size() - 1);
      assertThat(text.substring(last.begin(), last.end())).isEqualTo(".");
    }
  }

  @Test
  void filesThatAreNoTokenizerAreRefused(@TempDir Path directory) throws IOException {
    assertThatThrownBy(() -> TextTokenizer.open(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no tokenizer.json");
    Files.writeString(directory.resolve("tokenizer.json"), "{\"model\": 3}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TextTokenizer.open(directory))
        .withMessageContaining("tokenizer.json\" is no tokenizer");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TextTokenizer.of("{\"model\": 3}"))
        .withMessageContaining("The text is no tokenizer");
    Files.write(directory.resolve("tokenizer.json"), new byte[] {'"', (byte) 0xff, '"'});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TextTokenizer.open(directory))
        .withMessageContaining("tokenizer.json\" is not in UTF-8");
  }

  private static long[] longs(JsonArray array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToLong(JsonElement::getAsLong)
        .toArray();
  }

  private static List<String> strings(JsonArray array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsString).toList();
  }

  private static List<List<Integer>> pairs(JsonArray array) {
    return StreamSupport.stream(array.spliterator(), false)
        .map(JsonElement::getAsJsonArray)
        .map(pair -> List.of(pair.get(0).getAsInt(), pair.get(1).getAsInt()))
        .toList();
  }
}
