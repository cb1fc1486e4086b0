/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.support.Runs;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts a batch into runs of consecutive examples that are computed alike and fit into the work
 * space. How an example is computed depends on its own number of rows only; sums over examples are
 * taken in order and do not depend on the cuts.
 */
public final class ExampleRuns {
  /** How the examples of a run are computed. */
  public enum Form {
    /** Without writing the gradient. */
    BY_ROWS,
    /** By writing the gradient first. */
    BY_GRADIENT
  }

  /**
   * Examples {@code first} to {@code end}.
   *
   * @param form how
   * @param first first example
   * @param end one past the last example
   * @param singleRows whether each has one row; kernels give the same bits faster when told so
   */
  public record Run(Form form, int first, int end, boolean singleRows) {
    public int count() {
      return end - first;
    }
  }

  private ExampleRuns() {}

  /**
   * Cuts.
   *
   * @param rows the batch
   * @param byRowsBelow examples of fewer rows are not computed by gradient
   * @param rowBytes work space that one row takes
   * @param gradientBytes work space that one example takes that is computed by gradient
   * @param exampleBytes work space that any example takes
   * @param workBytes work space there is
   */
  public static List<Run> of(
      ExampleRows rows,
      int byRowsBelow,
      long rowBytes,
      long gradientBytes,
      long exampleBytes,
      long workBytes) {
    int[] offsets = rows.offsets();
    return Runs.of(
            rows.examples(),
            example -> form(rows, example, byRowsBelow),
            (form, first, end) -> {
              long each = exampleBytes + (form == Form.BY_GRADIENT ? gradientBytes : 0);
              return ((long) offsets[end] - offsets[first]) * rowBytes + (end - first) * each
                  <= workBytes;
            })
        .stream()
        .map(run -> new Run(run.form(), run.first(), run.end(), single(rows, run)))
        .toList();
  }

  private static boolean single(ExampleRows rows, Runs.Run<Form> run) {
    return IntStream.range(run.first(), run.end()).allMatch(e -> length(rows, e) == 1);
  }

  private static Form form(ExampleRows rows, int example, int byRowsBelow) {
    return length(rows, example) >= byRowsBelow ? Form.BY_GRADIENT : Form.BY_ROWS;
  }

  private static long length(ExampleRows rows, int example) {
    return (long) rows.offsets()[example + 1] - rows.offsets()[example];
  }
}
