/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.examples.lm.text.Europarl;
import io.github.influence4j.huggingface.TokenSequence;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PlantedCorpusTest {
  private static final int CONTEXT = 16;

  @BeforeAll
  static void load() {
    Torch.load();
  }

  @Test
  void passagesAreWhereTheyAreSaidToBeAndNowhereElse() throws IOException {
    try (Corpus corpus = Corpus.of(Europarl.documents("en").subList(0, 20), 300, CONTEXT)) {
      PlantedCorpus planted = PlantedCorpus.of(corpus, CONTEXT, 3);
      for (int p = 0; p < planted.passages().size(); p++) {
        long[] passage = planted.passages().get(p);
        List<Integer> holding =
            IntStream.range(0, planted.training().size())
                .filter(i -> holds(planted.training().get(i), passage))
                .boxed()
                .toList();
        assertThat(holding).isEqualTo(planted.copies().get(p)).hasSize(5);
        TokenSequence query = planted.queries().get(p);
        assertThat(query.ids()).hasSize(CONTEXT / 2 + 1).endsWith(passage);
        assertThat(query.targets()).isEqualTo(CONTEXT / 4);
      }
    }
  }

  private static boolean holds(TokenSequence sequence, long[] passage) {
    long[] middle = Arrays.copyOfRange(sequence.ids(), CONTEXT / 4, 3 * CONTEXT / 4);
    return Arrays.equals(middle, passage);
  }
}
