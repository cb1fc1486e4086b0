/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences of several lengths side by side. The last token of each is a target only, so it is not
 * fed: every row that counts has a token to come.
 *
 * @param ids fed to the model, [sequences][rows], 0 at padding
 * @param labels the tokens to come, IGNORED where there is no loss
 * @param mask 1 where a sequence has a row, 0 at padding
 */
record TokenBatch(long[][] ids, long[][] labels, long[][] mask) {
  static TokenBatch of(List<TokenSequence> sequences) {
    int rows = sequences.stream().mapToInt(TokenSequence::length).max().orElseThrow() - 1;
    long[][] ids = new long[sequences.size()][rows];
    long[][] labels = new long[sequences.size()][rows];
    long[][] mask = new long[sequences.size()][rows];
    for (int s = 0; s < ids.length; s++) {
      TokenSequence sequence = sequences.get(s);
      int length = sequence.length() - 1;
      Arrays.fill(labels[s], TokenSequence.IGNORED);
      System.arraycopy(sequence.ids(), 0, ids[s], 0, length);
      System.arraycopy(sequence.labels(), 1, labels[s], 0, length);
      Arrays.fill(mask[s], 0, length, 1);
    }
    return new TokenBatch(ids, labels, mask);
  }

  /** Whether a sequence is shorter than another. */
  boolean padded() {
    return Arrays.stream(mask).anyMatch(row -> row[row.length - 1] == 0);
  }

  /** A view of sequences in batches, made when they are asked for. */
  static List<TokenBatch> batches(List<TokenSequence> sequences, int size) {
    int count = (sequences.size() + size - 1) / size;
    return new AbstractList<>() {
      @Override
      public TokenBatch get(int index) {
        int first = index * size;
        return of(sequences.subList(first, Math.min(first + size, sequences.size())));
      }

      @Override
      public int size() {
        return count;
      }
    };
  }
}
