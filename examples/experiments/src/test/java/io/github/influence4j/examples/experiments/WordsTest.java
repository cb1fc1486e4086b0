/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordsTest {
  private final Words words = new Words(List.of("The cat sat.", "the dog", "A café, the CAT!"));

  @Test
  void countsSequencesNotOccurrences() {
    assertThat(Words.of("A café, the CAT! a")).containsExactly("a", "café", "the", "cat");
    assertThat(words.frequency("cat")).isEqualTo(2);
    assertThat(words.frequency("the")).isEqualTo(3);
    assertThat(words.frequency("bird")).isZero();
    assertThat(words.anyIn(1, Set.of("dog", "bird"))).isTrue();
    assertThat(words.anyIn(0, Set.of("dog", "bird"))).isFalse();
  }

  @Test
  void rareWordsCountMore() {
    double rare = Math.log(1 + 2.5 / 1.5);
    double frequent = Math.log(1 + 0.5 / 3.5);
    Set<String> query = Set.of("dog", "the");
    assertThat(words.shared(query, 1)).isCloseTo(1, within(1e-15));
    assertThat(words.shared(query, 0)).isCloseTo(frequent / (rare + frequent), within(1e-15));
    assertThat(words.shared(Set.of(), 0)).isZero();
  }
}
