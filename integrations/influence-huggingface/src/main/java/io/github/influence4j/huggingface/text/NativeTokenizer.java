/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.text;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

/** A tokenizer in native memory. Safe for several threads. */
public final class NativeTokenizer implements AutoCloseable {
  private final TokenizersLibrary library = TokenizerLibrary.get();
  private long handle;

  private NativeTokenizer(String json) {
    handle = library.createTokenizerFromString(json);
    library.disableTruncation(handle);
    library.disablePadding(handle);
  }

  /**
   * Makes a tokenizer.
   *
   * @param json what tokenizer.json says
   * @return the tokenizer, to be closed
   * @throws RuntimeException if it says what the library does not know
   */
  public static NativeTokenizer of(String json) {
    return new NativeTokenizer(json);
  }

  /**
   * Cuts a text.
   *
   * @param text any; a surrogate without its partner is read as U+FFFD
   * @param special whether to add what the tokenizer adds before or behind a text
   * @return the tokens, of the whole text
   */
  public synchronized Encoded encode(String text, boolean special) {
    String whole = Surrogates.whole(text);
    long encoding = library.encode(open(), whole, special);
    try {
      int[] places = Surrogates.places(whole);
      CharSpan[] spans = library.getTokenCharSpans(encoding);
      int[] begins = new int[spans.length];
      int[] ends = new int[spans.length];
      for (int i = 0; i < spans.length; i++) {
        if (spans[i] != null) {
          begins[i] = places[spans[i].getStart()];
          ends[i] = places[spans[i].getEnd()];
        }
      }
      return new Encoded(library.getTokenIds(encoding), library.getTokens(encoding), begins, ends);
    } finally {
      library.deleteEncoding(encoding);
    }
  }

  /**
   * Puts tokens together.
   *
   * @param ids of tokens
   * @param skipSpecial whether to leave out special tokens
   * @return the text
   */
  public synchronized String decode(long[] ids, boolean skipSpecial) {
    return library.decode(open(), ids, skipSpecial);
  }

  private long open() {
    if (handle == 0) {
      throw new IllegalStateException("The tokenizer is closed");
    }
    return handle;
  }

  /** Frees the memory. Closing again does nothing. */
  @Override
  public synchronized void close() {
    if (handle != 0) {
      library.deleteTokenizer(handle);
      handle = 0;
    }
  }
}
