/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import io.github.influence4j.examples.lm.text.Sequence;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;

/**
 * Some sequences as tensors [N, T], T of the longest. Made within a {@code PointerScope}.
 *
 * @param ids Long, 0 where there is padding
 * @param labels Long, -100 where there is padding or a prompt
 * @param mask Bool, false where there is padding
 */
record SequenceBatch(Tensor ids, Tensor labels, Tensor mask) {
  private static final long NO_LABEL = -100;

  static SequenceBatch of(List<Sequence> sequences) {
    int rows = sequences.stream().mapToInt(Sequence::length).max().orElseThrow();
    long[] ids = new long[sequences.size() * rows];
    long[] labels = new long[ids.length];
    boolean[] mask = new boolean[ids.length];
    Arrays.fill(labels, NO_LABEL);
    for (int s = 0; s < sequences.size(); s++) {
      Sequence sequence = sequences.get(s);
      System.arraycopy(sequence.inputs(), 0, ids, s * rows, sequence.length());
      System.arraycopy(sequence.labels(), 0, labels, s * rows, sequence.length());
      Arrays.fill(mask, s * rows, s * rows + sequence.length(), true);
    }
    return new SequenceBatch(
        AbstractTensor.create(ids, sequences.size(), rows),
        AbstractTensor.create(labels, sequences.size(), rows),
        AbstractTensor.create(mask).view(sequences.size(), rows));
  }

  /** Consecutive cuts. */
  static List<List<Sequence>> cut(List<Sequence> sequences, int batchSize) {
    return IntStream.iterate(0, first -> first < sequences.size(), first -> first + batchSize)
        .mapToObj(first -> sequences.subList(first, Math.min(sequences.size(), first + batchSize)))
        .toList();
  }
}
