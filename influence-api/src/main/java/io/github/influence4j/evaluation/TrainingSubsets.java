/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import io.github.influence4j.capture.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Which training examples are used each time. Immutable. */
public final class TrainingSubsets {
  private final int examples;
  private final List<int[]> members;

  private TrainingSubsets(int examples, List<int[]> members) {
    this.examples = examples;
    this.members = List.copyOf(members);
  }

  /**
   * Subsets drawn at random, each without replacement. One of them depends on the seed and its
   * number alone: asking for more leaves the first as they were.
   *
   * @param examples N, in the whole training set
   * @param fraction of them in each subset, in (0, 1); 0.5 for halves
   * @param count of subsets
   * @param seed of the draw
   * @return the subsets
   * @throws IllegalArgumentException if a subset would be empty or hold all examples, or there are
   *     none
   */
  public static TrainingSubsets random(int examples, double fraction, int count, long seed) {
    long size = Math.round(examples * fraction);
    if (!(fraction > 0 && fraction < 1) || size < 1 || size >= examples || count < 1) {
      throw new IllegalArgumentException(
          "Subsets of a fraction in (0, 1) of the examples, with one at least and not all, are"
              + " wanted; got "
              + count
              + " of "
              + fraction
              + " of "
              + examples
              + ".");
    }
    List<int[]> members = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      members.add(sorted(Arrays.copyOf(permutation(examples, seed, s), (int) size)));
    }
    return new TrainingSubsets(examples, members);
  }

  /**
   * All examples but some.
   *
   * @param examples N, in the whole training set
   * @param removed for each subset what to leave out, which may be nothing
   * @return the subsets
   * @throws IllegalArgumentException if a number is not below N, is there twice, or nothing is left
   */
  public static TrainingSubsets without(int examples, List<int[]> removed) {
    List<int[]> members = new ArrayList<>();
    for (int[] out : removed) {
      boolean[] gone = new boolean[examples];
      for (int example : out) {
        if (example < 0 || example >= examples || gone[example]) {
          throw new IllegalArgumentException(
              "Of examples 0 to "
                  + (examples - 1)
                  + ", each can be removed once; got "
                  + Arrays.toString(out)
                  + ".");
        }
        gone[example] = true;
      }
      if (out.length == examples) {
        throw new IllegalArgumentException("No example would be left of " + examples + ".");
      }
      members.add(IntStream.range(0, examples).filter(i -> !gone[i]).toArray());
    }
    return new TrainingSubsets(examples, members);
  }

  /**
   * All examples, once.
   *
   * @param examples N
   * @return one subset
   */
  public static TrainingSubsets all(int examples) {
    return without(examples, List.of(new int[0]));
  }

  /** Fisher-Yates with numbers that depend on the place alone. */
  static int[] permutation(int length, long seed, long stream) {
    int[] order = IntStream.range(0, length).toArray();
    for (int i = length - 1; i > 0; i--) {
      int j = (int) (CounterRandom.uniform(seed, stream, i) * (i + 1));
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  private static int[] sorted(int[] numbers) {
    Arrays.sort(numbers);
    return numbers;
  }

  /**
   * Size of the whole training set.
   *
   * @return N
   */
  public int examples() {
    return examples;
  }

  /**
   * Number of subsets.
   *
   * @return M
   */
  public int count() {
    return members.size();
  }

  /**
   * One subset.
   *
   * @param subset below {@link #count}
   * @return its examples, ascending; a copy
   */
  public int[] members(int subset) {
    return members.get(subset).clone();
  }

  /** The sum of a query's scores over each subset's members. */
  double[] sums(double[] scores) {
    return members.stream()
        .mapToDouble(subset -> Arrays.stream(subset).mapToDouble(i -> scores[i]).sum())
        .toArray();
  }
}
