/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static io.github.influence4j.capture.RowLabels.IGNORED;
import static org.bytedeco.pytorch.global.torch.empty_like;
import static org.bytedeco.pytorch.global.torch.ones;

import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.RowLabels;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Cross-entropy of a head that is called for some rows at a time, and for rows with a loss only.
 * The gradient at the logits is softmax − label, so the head is differentiated at once, and what
 * the caller gets is a sum whose gradient at the hidden rows is that of the loss.
 *
 * @param hidden [..., width]
 * @param head to logits
 * @param labels [...]
 */
record HeadObjective(Tensor hidden, Head head, Tensor labels) implements Objective {
  /** Of a product of matrices; fewer rows take longer, for the head is read again for each part. */
  private static final int MOST_LOGITS = 1 << 24;

  private static final int MOST_ROWS = 512;

  /** Whose probabilities stay in a processor's cache. */
  private static final int CACHED_LOGITS = 1 << 20;

  /** Rows that count and have a loss: their numbers in the batch, examples and places. */
  private record Counted(long[] rows, long[] examples, long[] places) {}

  /** Labels of some of the rows that count. */
  private interface Labels {
    /**
     * The labels.
     *
     * @param first number of the first row among those that count
     * @param logits of these rows
     * @param probabilities of the same shape
     */
    long[] of(int first, Tensor logits, Tensor probabilities);
  }

  @Override
  public Loss dataLoss(BatchRows rows) {
    long[] given = HostCopies.longs(labels);
    Counted counted = counted(rows, given, 0);
    return loss(
        rows,
        given,
        counted,
        (first, logits, probabilities) -> {
          int count = (int) logits.size(0);
          long[] some = new long[count];
          Arrays.setAll(some, i -> given[(int) counted.rows()[first + i]]);
          double[] chosen = HostCopies.doubles(logits.gather(1, column(some, logits)));
          for (int i = 0; i < count; i++) {
            int row = (int) counted.rows()[first + i];
            RowLabels.requirePossible(chosen[i], some[i], row, logits.size(1));
          }
          return some;
        });
  }

  @Override
  public Loss sampledLoss(BatchRows rows, LabelSampler sampler, long firstExample) {
    long[] given = HostCopies.longs(labels);
    Counted counted = counted(rows, given, firstExample);
    return loss(
        rows,
        given,
        counted,
        (first, logits, probabilities) -> {
          SampledRows sampled = new SampledRows(logits, probabilities);
          long[] some = new long[(int) logits.size(0)];
          for (int i = 0; i < some.length; i++) {
            int at = first + i;
            some[i] = sampled.label(sampler, i, counted.examples()[at], counted.places()[at]);
          }
          return some;
        });
  }

  /** Of all logits that have a loss at once. */
  @Override
  public Curved curved(BatchRows rows) {
    long[] given = HostCopies.longs(labels);
    Tensor logits = head.logits(picked(given, counted(rows, given, 0)));
    return Curved.softmax(logits, ones(logits.size(0), 1));
  }

  private static Counted counted(BatchRows rows, long[] given, long firstExample) {
    long[] numbers = new long[given.length];
    long[] examples = new long[given.length];
    long[] places = new long[given.length];
    int[] count = {0};
    rows.forEach(
        firstExample,
        (row, example, place) -> {
          if (given[row] != IGNORED) {
            numbers[count[0]] = row;
            examples[count[0]] = example;
            places[count[0]++] = place;
          }
        });
    return new Counted(
        Arrays.copyOf(numbers, count[0]),
        Arrays.copyOf(examples, count[0]),
        Arrays.copyOf(places, count[0]));
  }

  private Loss loss(BatchRows rows, long[] given, Counted counted, Labels labelsOf) {
    int count = counted.rows().length;
    Tensor picked = picked(given, counted);
    int[] owners = rows.owners();
    int[] ownersOfPicked = new int[count];
    Arrays.setAll(ownersOfPicked, i -> owners[(int) counted.rows()[i]]);
    Tensor gradients = gradients(picked.detach(), given, counted, labelsOf);
    return Loss.of(picked.mul(gradients).sum(1), ownersOfPicked);
  }

  /** The hidden rows that count. */
  private Tensor picked(long[] given, Counted counted) {
    int count = counted.rows().length;
    Tensor flat = hidden.reshape(-1, hidden.size(-1));
    return count == 0
        ? flat.narrow(0, 0, 0)
        : count == given.length
            ? flat
            : flat.index_select(0, column(counted.rows(), flat).view(-1));
  }

  /** Of the loss by the rows that count. */
  @SuppressWarnings("try") // scopes and mode are guards
  private Tensor gradients(Tensor picked, long[] given, Counted counted, Labels labelsOf) {
    Tensor gradients = empty_like(picked);
    int count = counted.rows().length;
    if (count == 0) {
      return gradients;
    }
    long classes = classes(picked, given, counted);
    int step = rowsAtOnce(count, classes);
    Tensor memory = head.memory(step);
    for (int first = 0; first < count; first += step) {
      try (PointerScope scope = new PointerScope()) {
        int begin = first;
        int some = Math.min(step, count - first);
        Tensor part = picked.narrow(0, first, some).detach();
        Tensor found =
            head.gradient(
                part,
                memory,
                (logits, into) -> {
                  int few = (int) Math.max(1, CACHED_LOGITS / classes);
                  for (int row = 0; row < some; row += few) {
                    int rows = Math.min(few, some - row);
                    atLogits(
                        begin + row,
                        logits.narrow(0, row, rows),
                        into.narrow(0, row, rows),
                        labelsOf);
                  }
                });
        gradients.narrow(0, first, some).copy_(found);
      }
    }
    return gradients;
  }

  /** Softmax − label of a few rows; the logits may lie where it is written. */
  @SuppressWarnings("try") // scope and mode are guards
  private static void atLogits(int first, Tensor logits, Tensor into, Labels labelsOf) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard mode = new NoGradGuard()) {
      Tensor shares = logits.softmax(1);
      Tensor column = column(labelsOf.of(first, logits, shares), logits);
      shares.scatter_add_(1, column, column.to(shares).fill_(new Scalar(-1.0)));
      into.copy_(shares);
    }
  }

  /** One row tells how many there are. */
  private long classes(Tensor picked, long[] given, Counted counted) {
    long classes = head.classes(picked.narrow(0, 0, 1));
    for (long row : counted.rows()) {
      long label = given[(int) row];
      RowLabels.requireClass(label >= 0 && label < classes, label, (int) row, classes);
    }
    return classes;
  }

  /** Parts of about the same size. */
  private static int rowsAtOnce(int count, long classes) {
    int most = (int) Math.max(1, Math.min(MOST_ROWS, MOST_LOGITS / classes));
    int parts = (count - 1) / most + 1;
    return (count - 1) / parts + 1;
  }

  private static Tensor column(long[] labels, Tensor logits) {
    return AbstractTensor.create(labels, labels.length, 1).to(logits.device(), ScalarType.Long);
  }
}
