/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TokenizerTest {
  private static final String TEXT =
      "Der Präsident dankt. The president thanks the rapporteur; the president closes the debate.\n"
          + "Η συζήτηση έληξε. 12 345 кредит 🙂🙂 naïve  café\t€ 日本語";

  private final Tokenizer tokenizer = Tokenizer.train(List.of(TEXT, TEXT), 320);

  @Test
  void decodingGivesBackEveryText() {
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      String text =
          random
              .ints(random.nextInt(30), 0, 0x11000)
              .filter(c -> !Character.isSurrogate((char) c) || c > 0xffff)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }
    assertThat(tokenizer.decode(tokenizer.encode(TEXT))).isEqualTo(TEXT);
  }

  @Test
  void piecesJoinedAreTheTextAndNoCharacterIsBroken() {
    for (Tokenizer each : List.of(new Tokenizer(List.of()), tokenizer)) {
      int[] tokens = each.encode(TEXT);
      List<String> pieces = each.pieces(tokens);
      assertThat(pieces).hasSameSizeAs(tokens);
      assertThat(String.join("", pieces)).isEqualTo(TEXT).doesNotContain("\ufffd");
    }
    assertThat(tokenizer.pieces(new Tokenizer(List.of()).encode("é€")))
        .containsExactly("", "é", "", "", "€");
  }

  @Test
  void brokenBytesBecomeReplacements() {
    assertThat(tokenizer.pieces(0xc3, 'a', 0x80, 0xe2))
        .containsExactly("", "\ufffda", "\ufffd", "\ufffd");
  }

  @Test
  void frequentWordsAreShort() {
    assertThat(tokenizer.vocabulary()).isEqualTo(320);
    assertThat(tokenizer.encode(" the president")).hasSizeLessThan(4);
    assertThat(tokenizer.encode(" xylophon")).hasSizeGreaterThan(5);
  }

  @Test
  void learnsTheMostFrequentPairFirst() {
    Tokenizer learnt = Tokenizer.train(List.of("abab abab"), 260);
    assertThat(learnt.merges()).containsExactly(new TokenPair('a', 'b'), new TokenPair(257, 257));
    assertThat(learnt.encode("ababab")).containsExactly(258, 257);
  }

  @Test
  void unknownTokensAndImpossibleVocabularies() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokenizer.decode(320))
        .withMessage("Token 320 is unknown; the vocabulary has 320 tokens.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.train(List.of(TEXT), 256))
        .withMessageContaining("the bytes and the start alone are 257");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Tokenizer(List.of(new TokenPair(1, 257))))
        .withMessageContaining("unknown token");
  }
}
