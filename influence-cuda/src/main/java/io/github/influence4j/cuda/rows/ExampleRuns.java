/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.spi.ExampleRows;
import java.util.ArrayList;
import java.util.List;

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
    List<Run> runs = new ArrayList<>();
    int first = 0;
    long used = 0;
    for (int e = 0; e < rows.examples(); e++) {
      Form form = form(rows, e, byRowsBelow);
      long size =
          length(rows, e) * rowBytes
              + exampleBytes
              + (form == Form.BY_GRADIENT ? gradientBytes : 0);
      if (e > first && (form != form(rows, first, byRowsBelow) || used + size > workBytes)) {
        runs.add(run(rows, byRowsBelow, first, e));
        first = e;
        used = 0;
      }
      used += size;
    }
    if (first < rows.examples()) {
      runs.add(run(rows, byRowsBelow, first, rows.examples()));
    }
    return runs;
  }

  private static Run run(ExampleRows rows, int byRowsBelow, int first, int end) {
    boolean single = true;
    for (int e = first; e < end; e++) {
      single &= length(rows, e) == 1;
    }
    return new Run(form(rows, first, byRowsBelow), first, end, single);
  }

  private static Form form(ExampleRows rows, int example, int byRowsBelow) {
    return length(rows, example) >= byRowsBelow ? Form.BY_GRADIENT : Form.BY_ROWS;
  }

  private static long length(ExampleRows rows, int example) {
    return (long) rows.offsets()[example + 1] - rows.offsets()[example];
  }
}
