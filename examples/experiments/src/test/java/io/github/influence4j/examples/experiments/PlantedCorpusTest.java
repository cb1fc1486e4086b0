/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.examples.lm.text.Europarl;
import io.github.influence4j.examples.lm.text.Sequence;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlantedCorpusTest {
  private static final int CONTEXT = 16;

  @Test
  void passagesAreWhereTheyAreSaidToBeAndNowhereElse() throws IOException {
    Corpus corpus = Corpus.of(Europarl.documents("en").subList(0, 20), 300, CONTEXT);
    PlantedCorpus planted = PlantedCorpus.of(corpus, CONTEXT, 3);
    assertThat(planted.queries()).allMatch(query -> query.promptLength() == CONTEXT / 4);
    for (int p = 0; p < planted.passages().size(); p++) {
      int[] passage = planted.passages().get(p);
      List<Integer> holding =
          IntStream.range(0, planted.training().size())
              .filter(i -> holds(planted.training().get(i), passage))
              .boxed()
              .toList();
      assertThat(holding).isEqualTo(planted.copies().get(p)).hasSize(5);
    }
  }

  private static boolean holds(Sequence sequence, int[] passage) {
    int[] middle = Arrays.copyOfRange(sequence.tokens(), CONTEXT / 4, 3 * CONTEXT / 4);
    return Arrays.equals(middle, passage);
  }
}
