/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

/** Some columns of a table [rows, all], row-major: results of a batch come a run at a time. */
public final class Columns {
  private Columns() {}

  /**
   * Puts columns into a table.
   *
   * @param part [rows, count]
   * @param count columns of the part
   * @param table [rows, all]
   * @param all columns of the table
   * @param first where the part's first column goes
   */
  public static void put(double[] part, int count, double[] table, int all, int first) {
    for (int row = 0; row * count < part.length; row++) {
      System.arraycopy(part, row * count, table, row * all + first, count);
    }
  }

  /**
   * Takes columns out of a table.
   *
   * @param table [rows, all]
   * @param all columns of the table
   * @param first the first column to take
   * @param count how many
   * @return a new array [rows, count]
   */
  public static double[] take(double[] table, int all, int first, int count) {
    double[] part = new double[table.length / Math.max(1, all) * count];
    for (int row = 0; row * count < part.length; row++) {
      System.arraycopy(table, row * all + first, part, row * count, count);
    }
    return part;
  }
}
