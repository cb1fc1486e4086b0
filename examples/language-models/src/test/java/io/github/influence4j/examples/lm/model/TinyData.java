/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.examples.lm.text.Sequence;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Sequences of bytes in which each depends on the one before. */
public final class TinyData {
  private TinyData() {}

  /** Of lengths 3 to 16. */
  public static List<Sequence> sequences(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              int[] tokens = new int[3 + random.nextInt(14)];
              tokens[0] = random.nextInt(20);
              for (int t = 1; t < tokens.length; t++) {
                tokens[t] = (7 * tokens[t - 1] + random.nextInt(2)) % 20;
              }
              return new Sequence(new Document("d" + i, "d" + i, "?", ""), 0, tokens, 0);
            })
        .toList();
  }
}
