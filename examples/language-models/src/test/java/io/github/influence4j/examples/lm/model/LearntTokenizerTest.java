/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.TextTokenizer;
import io.github.influence4j.testing.SeededRandom;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class LearntTokenizerTest {
  private static final String TEXT =
      "Der Präsident dankt. The president thanks the rapporteur; the president closes the debate.\n"
          + "Η συζήτηση έληξε. 12 345 кредит 🙂🙂 naïve  café\t€ 日本語";

  private final LearntTokenizer learnt = LearntTokenizer.learn(List.of(TEXT, TEXT), 320);
  private final TextTokenizer tokenizer = learnt.open();

  @BeforeAll
  static void load() {
    Torch.load();
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  private long[] ids(String text) {
    return tokenizer.encode(text, false).ids();
  }

  @Test
  void decodingGivesBackEveryText() {
    Random random = SeededRandom.at("LearntTokenizer");
    for (int i = 0; i < 200; i++) {
      String text =
          random
              .ints(random.nextInt(30), 0, 0x11000)
              .filter(c -> c > 0xffff || !Character.isSurrogate((char) c))
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();
      assertThat(tokenizer.decode(ids(text), false)).isEqualTo(text);
    }
    assertThat(tokenizer.decode(ids(TEXT), false)).isEqualTo(TEXT);
  }

  @Test
  void everyByteHasItsToken() {
    StringBuilder every = new StringBuilder();
    for (int code = 0; code < 0x500; code++) {
      every.appendCodePoint(code);
    }
    try (TextTokenizer bytes = LearntTokenizer.learn(List.of(), 257).open()) {
      byte[] utf8 = every.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      long[] ids = bytes.encode(every.toString(), false).ids();
      assertThat(ids).hasSize(utf8.length);
      for (int i = 0; i < ids.length; i++) {
        assertThat(ids[i]).isEqualTo(utf8[i] & 0xff);
      }
    }
  }

  @Test
  void aTextBeginsWithTheEndOfTheOneBefore() {
    long[] ids = tokenizer.encode("The president").ids();
    assertThat(ids[0]).isEqualTo(learnt.end()).isEqualTo(256);
    assertThat(tokenizer.decode(ids, true)).isEqualTo("The president");
    assertThat(tokenizer.decode(ids, false)).isEqualTo("<|endoftext|>The president");
    assertThat(tokenizer.completion("", "The").ids()[0]).isEqualTo(256);
  }

  @Test
  void frequentWordsAreShort() {
    assertThat(learnt.vocabulary()).isEqualTo(320);
    assertThat(ids(" the president")).hasSizeLessThan(4);
    assertThat(ids(" xylophon")).hasSizeGreaterThan(5);
  }

  @Test
  void learnsTheMostFrequentPairFirst() {
    LearntTokenizer pairs = LearntTokenizer.learn(List.of("abab abab"), 260);
    assertThat(pairs.merges()).containsExactly("a b", "ab ab");
    try (TextTokenizer opened = pairs.open()) {
      assertThat(opened.encode("ababab", false).ids()).containsExactly(258, 257);
    }
  }

  /** Two pairs that make one token: a+bc and ab+c. */
  @Test
  void aTokenIsInTheVocabularyOnce() {
    LearntTokenizer twice =
        LearntTokenizer.learn(List.of("abc ".repeat(9) + "xbc ".repeat(9) + "ab ".repeat(14)), 270);
    assertThat(twice.tokens()).doesNotHaveDuplicates();
    try (TextTokenizer opened = twice.open()) {
      assertThat(opened.decode(opened.encode("abc xbc ab", false).ids(), false))
          .isEqualTo("abc xbc ab");
    }
  }

  @Test
  void impossibleVocabularies() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LearntTokenizer.learn(List.of(TEXT), 256))
        .withMessageContaining("the bytes and the end of text alone are 257");
  }
}
