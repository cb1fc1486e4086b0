/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import io.github.influence4j.huggingface.TokenSequence;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Sequences of bytes in which each depends on the one before, and models of bytes. */
final class TinyData {
  private TinyData() {}

  /** Of lengths 4 to 17, the beginning among them. */
  static List<TokenSequence> sequences(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              long[] tokens = new long[4 + random.nextInt(14)];
              tokens[0] = 256;
              tokens[1] = random.nextInt(20);
              for (int t = 2; t < tokens.length; t++) {
                tokens[t] = (7 * tokens[t - 1] + random.nextInt(2)) % 20;
              }
              return TokenSequence.of(tokens);
            })
        .toList();
  }

  /** Knows bytes alone. */
  static LearntTokenizer bytes() {
    return LearntTokenizer.learn(List.of(), 257);
  }

  /** A model of two blocks. */
  static Gpt2 model() {
    return model(8);
  }

  static Gpt2 model(int width) {
    return new Gpt2(new ModelShape(257, 16, width, 2, 2), bytes());
  }
}
