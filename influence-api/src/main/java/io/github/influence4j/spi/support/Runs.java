/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Cuts a batch into runs of consecutive examples that are computed alike and fit into the memory
 * there is. How an example is computed is a matter of that example alone, so cuts change no bit.
 */
public final class Runs {
  private Runs() {}

  /**
   * Examples {@code first} to {@code end}.
   *
   * @param form how they are computed
   * @param first the first example
   * @param end one past the last
   */
  public record Run<F>(F form, int first, int end) {
    /**
     * Number of examples.
     *
     * @return the number
     */
    public int count() {
      return end - first;
    }
  }

  /** Whether examples go together. */
  @FunctionalInterface
  public interface Fits<F> {
    /**
     * Answers for more than one example; one goes alone, however large.
     *
     * @param form how they are computed
     * @param first the first example
     * @param end one past the last
     * @return true if they fit
     */
    boolean together(F form, int first, int end);
  }

  /**
   * Cuts.
   *
   * @param examples how many there are
   * @param form how each of them is computed
   * @param fits which go together
   * @return the runs in order, each as long as can be; none if there are no examples
   */
  public static <F> List<Run<F>> of(int examples, IntFunction<F> form, Fits<F> fits) {
    List<Run<F>> runs = new ArrayList<>();
    int first = 0;
    while (first < examples) {
      F common = form.apply(first);
      int end = first + 1;
      while (end < examples
          && form.apply(end).equals(common)
          && fits.together(common, first, end + 1)) {
        end++;
      }
      runs.add(new Run<>(common, first, end));
      first = end;
    }
    return runs;
  }
}
