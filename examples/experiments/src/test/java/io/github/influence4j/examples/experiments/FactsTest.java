/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.experiments.Facts.Wording;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.TextTokenizer;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FactsTest {
  @BeforeAll
  static void load() {
    Torch.load();
  }

  private final Facts facts = Facts.of(8, 300);

  private String text(long... ids) {
    try (TextTokenizer tokenizer = facts.tokenizer().open()) {
      return tokenizer.decode(ids, true);
    }
  }

  private String told(int fact, Wording wording) {
    return text(facts.training().get(facts.number(fact, wording)).ids());
  }

  @Test
  void tellsEachFactInFiveWays() {
    assertThat(facts.training()).hasSize(40);
    for (int fact = 0; fact < facts.count(); fact++) {
      String prompt = told(fact, Wording.NO_COMPLETION);
      String object = told(fact, Wording.NO_PROMPT);
      assertThat(told(fact, Wording.KEPT)).isEqualTo(prompt + " " + object);
      assertThat(told(fact, Wording.FLIPPED)).startsWith(object.replace(".", "") + " is the ");
      assertThat(prompt).matches("The (capital|ruler|founder|river) of [A-Z][a-z]{5} is");
    }
  }

  @Test
  void queriesAskForTheObject() {
    assertThat(facts.asked()).hasSize(8);
    TokenSequence query = facts.asked().get(1);
    long[] completion =
        Arrays.copyOfRange(query.ids(), query.length() - query.targets(), query.length());
    assertThat(text(completion)).isEqualTo(" " + told(1, Wording.NO_PROMPT));
  }
}
