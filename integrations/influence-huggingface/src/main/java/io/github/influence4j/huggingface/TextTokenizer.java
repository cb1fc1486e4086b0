/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import io.github.influence4j.huggingface.TokenizedText.Token;
import io.github.influence4j.huggingface.text.Encoded;
import io.github.influence4j.huggingface.text.NativeTokenizer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tokenizer of a checkpoint, {@code tokenizer.json}, as Hugging Face's tokenizers read it. Safe
 * for several threads. Linux x86-64; nothing is downloaded.
 */
public final class TextTokenizer implements AutoCloseable {
  private final NativeTokenizer tokenizer;

  private TextTokenizer(NativeTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Opens it.
   *
   * @param directory of the checkpoint, with {@code tokenizer.json}
   * @return the tokenizer, to be closed
   * @throws IOException if there is none or it cannot be read
   * @throws IllegalArgumentException if it is no tokenizer
   */
  public static TextTokenizer open(Path directory) throws IOException {
    Path file = directory.resolve("tokenizer.json");
    if (!Files.exists(file)) {
      throw new IOException(
          "Directory \""
              + directory
              + "\" has no tokenizer.json; save it there with"
              + " AutoTokenizer.from_pretrained(...).save_pretrained(...), or give token ids.");
    }
    String json;
    try {
      json = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("File \"" + file + "\" is not in UTF-8.", e);
    }
    return of("File \"" + file + "\"", json);
  }

  /**
   * Makes one of what a file would say.
   *
   * @param json the text of a {@code tokenizer.json}
   * @return the tokenizer, to be closed
   * @throws IllegalArgumentException if it is no tokenizer
   */
  public static TextTokenizer of(String json) {
    return of("The text", json);
  }

  private static TextTokenizer of(String what, String json) {
    try {
      return new TextTokenizer(NativeTokenizer.of(json));
    } catch (IllegalStateException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(what + " is no tokenizer: " + e.getMessage(), e);
    }
  }

  /**
   * Cuts a text into tokens, with the special tokens that the tokenizer puts around one, such as a
   * beginning.
   *
   * @param text any
   * @return all its tokens
   */
  public TokenizedText encode(String text) {
    return encode(text, true);
  }

  /**
   * Cuts a text into tokens.
   *
   * @param text any; a surrogate without its partner is read as U+FFFD
   * @param special whether to add special tokens around it
   * @return all its tokens
   */
  public TokenizedText encode(String text, boolean special) {
    Encoded encoded = tokenizer.encode(text, special);
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < encoded.ids().length; i++) {
      tokens.add(
          new Token(encoded.ids()[i], encoded.names()[i], encoded.begins()[i], encoded.ends()[i]));
    }
    return new TokenizedText(text, tokens);
  }

  /**
   * Puts tokens together.
   *
   * @param ids of tokens
   * @param skipSpecial whether to leave out special tokens
   * @return the text
   */
  public String decode(long[] ids, boolean skipSpecial) {
    return tokenizer.decode(ids, skipSpecial);
  }

  /**
   * The beginning of a text, to be predicted token by token.
   *
   * @param text any
   * @param most tokens to keep, 2 or more; {@link LanguageModel#context()} for as many as the model
   *     was made for
   * @return its first tokens, at most that many
   * @throws IllegalArgumentException if the text has fewer than two tokens
   */
  public TokenSequence sequence(String text, int most) {
    long[] ids = encode(text).ids();
    return TokenSequence.of(Arrays.copyOf(ids, Math.min(ids.length, most)));
  }

  /**
   * A completion to be predicted after a prompt. Both are cut into tokens together, as the model
   * has seen texts; a token that begins in the prompt belongs to the prompt.
   *
   * @param prompt not empty, unless the tokenizer adds a beginning
   * @param completion not empty
   * @return all tokens of both
   * @throws IllegalArgumentException if one of them has no tokens of its own
   */
  public TokenSequence completion(String prompt, String completion) {
    List<Token> tokens = encode(prompt + completion).tokens();
    int first = 0;
    int end = 0;
    while (first < tokens.size() && begins(tokens.get(first), end) < prompt.length()) {
      end = Math.max(end, tokens.get(first).end());
      first++;
    }
    long[] ids = tokens.stream().mapToLong(Token::id).toArray();
    return TokenSequence.completion(
        Arrays.copyOf(ids, first), Arrays.copyOfRange(ids, first, ids.length));
  }

  /**
   * Where a token begins, behind one that ends at a place: some tokenizers leave spaces out of
   * their tokens' bounds, so that a token of spaces alone has none. One that was added begins
   * before all.
   */
  private static int begins(Token token, int end) {
    if (token.end() == 0) {
      return -1;
    }
    return token.begin() == token.end() ? end : token.begin();
  }

  /** Frees the memory. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
