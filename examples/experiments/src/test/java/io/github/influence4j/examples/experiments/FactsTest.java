/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.experiments.Facts.Wording;
import io.github.influence4j.examples.lm.text.Sequence;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FactsTest {
  private final Facts facts = Facts.of(8, 300);

  private String told(int fact, Wording wording) {
    return facts.tokenizer().decode(facts.training().get(facts.number(fact, wording)).tokens());
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
    List<Sequence> queries = facts.queries(2);
    assertThat(queries).hasSize(2);
    Sequence query = queries.get(1);
    int[] completion = Arrays.copyOfRange(query.tokens(), query.promptLength(), query.length());
    assertThat(facts.tokenizer().decode(completion)).isEqualTo(" " + told(1, Wording.NO_PROMPT));
  }
}
