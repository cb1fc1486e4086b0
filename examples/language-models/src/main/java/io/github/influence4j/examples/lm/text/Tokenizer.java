/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Byte-pair encoding of UTF-8 bytes (Sennrich et al. 2016; Radford et al. 2019). Every text has an
 * encoding, and decoding gives it back: ids 0 to 255 are the bytes, 256 is {@link #START}, the
 * others are merges of two earlier ids, learnt from the training text. Tokens do not cross the
 * borders of words; the space before a word belongs to it.
 */
public final class Tokenizer {
  /** What every sequence begins with. */
  public static final int START = 256;

  /** Bytes and the start. */
  public static final int SMALLEST_VOCABULARY = START + 1;

  private static final Pattern WORDS =
      Pattern.compile(
          " ?\\p{L}[\\p{L}\\p{M}]*| ?\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s");

  private final List<TokenPair> merges;
  private final Map<TokenPair, Integer> ids = new HashMap<>();
  private final List<byte[]> bytes = new ArrayList<>();
  private final Map<String, int[]> known = new HashMap<>();

  /**
   * A tokenizer of given merges.
   *
   * @param merges in the order they were learnt; the first becomes id 257
   */
  public Tokenizer(List<TokenPair> merges) {
    this.merges = List.copyOf(merges);
    for (int i = 0; i < START; i++) {
      bytes.add(new byte[] {(byte) i});
    }
    bytes.add(new byte[0]);
    for (TokenPair merge : merges) {
      int id = bytes.size();
      if (Math.min(merge.left(), merge.right()) < 0
          || Math.max(merge.left(), merge.right()) >= id) {
        throw new IllegalArgumentException(
            "Merge " + merge + " makes token " + id + " but refers to an unknown token.");
      }
      ids.put(merge, id);
      bytes.add(joined(bytes.get(merge.left()), bytes.get(merge.right())));
    }
  }

  /**
   * Learns merges, the most frequent pair first.
   *
   * @param texts to learn from
   * @param vocabulary number of tokens wanted; fewer where the texts have no repeated pairs left
   * @return the tokenizer
   */
  public static Tokenizer train(Iterable<String> texts, int vocabulary) {
    if (vocabulary < SMALLEST_VOCABULARY) {
      throw new IllegalArgumentException(
          "A vocabulary of "
              + vocabulary
              + " tokens is too small; the bytes and the start alone are "
              + SMALLEST_VOCABULARY
              + ".");
    }
    return new Tokenizer(
        new MergeLearner(words(texts))
            .learn(vocabulary - SMALLEST_VOCABULARY, SMALLEST_VOCABULARY));
  }

  private static Map<String, Integer> words(Iterable<String> texts) {
    Map<String, Integer> counts = new HashMap<>();
    for (String text : texts) {
      Matcher words = WORDS.matcher(text);
      while (words.find()) {
        counts.merge(words.group(), 1, Integer::sum);
      }
    }
    return counts;
  }

  /**
   * Number of tokens.
   *
   * @return one more than the largest id
   */
  public int vocabulary() {
    return bytes.size();
  }

  /**
   * What was learnt.
   *
   * @return in the order of the ids
   */
  public List<TokenPair> merges() {
    return merges;
  }

  /**
   * Text to tokens.
   *
   * @param text any text
   * @return ids, without the start
   */
  public int[] encode(String text) {
    List<int[]> parts = new ArrayList<>();
    int length = 0;
    Matcher words = WORDS.matcher(text);
    while (words.find()) {
      int[] part = known.computeIfAbsent(words.group(), this::encodeWord);
      parts.add(part);
      length += part.length;
    }
    int[] tokens = new int[length];
    int at = 0;
    for (int[] part : parts) {
      System.arraycopy(part, 0, tokens, at, part.length);
      at += part.length;
    }
    return tokens;
  }

  /** Applies the merges in the order they were learnt. */
  private int[] encodeWord(String word) {
    int[] symbols = MergeLearner.symbols(word);
    while (true) {
      int best = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < symbols.length; i++) {
        best = Math.min(best, ids.getOrDefault(new TokenPair(symbols[i], symbols[i + 1]), best));
      }
      if (best == Integer.MAX_VALUE) {
        return symbols;
      }
      symbols = MergeLearner.merged(symbols, merges.get(best - SMALLEST_VOCABULARY), best);
    }
  }

  /**
   * Tokens to text.
   *
   * @param tokens ids
   * @return the text; bytes that are no UTF-8 become U+FFFD
   */
  public String decode(int... tokens) {
    return new String(bytes(tokens), StandardCharsets.UTF_8);
  }

  private byte[] bytes(int... tokens) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int token : tokens) {
      if (token < 0 || token >= bytes.size()) {
        throw new IllegalArgumentException(
            "Token " + token + " is unknown; the vocabulary has " + bytes.size() + " tokens.");
      }
      all.writeBytes(bytes.get(token));
    }
    return all.toByteArray();
  }

  /**
   * The text of each token. A character whose bytes are spread over several tokens is given to the
   * last of them; the others are empty.
   *
   * @param tokens ids
   * @return [T]; joined they are what {@link #decode} gives
   */
  public List<String> pieces(int... tokens) {
    List<String> pieces = new ArrayList<>();
    ByteArrayOutputStream pending = new ByteArrayOutputStream();
    for (int t = 0; t < tokens.length; t++) {
      pending.writeBytes(bytes(tokens[t]));
      byte[] all = pending.toByteArray();
      int complete = t == tokens.length - 1 ? all.length : Utf8.completeLength(all);
      pieces.add(new String(all, 0, complete, StandardCharsets.UTF_8));
      pending.reset();
      pending.write(all, complete, all.length - complete);
    }
    return pieces;
  }

  private static byte[] joined(byte[] left, byte[] right) {
    byte[] both = java.util.Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }
}
