/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * A rectangle of a result that one task computes.
 *
 * @param row first row
 * @param rows number of rows
 * @param column first column
 * @param columns number of columns
 */
public record Tile(int row, int rows, int column, int columns) {
  private static final int ROW_UNIT = KernelConstants.TILE_UNIT;

  private static final int COLUMN_UNIT = KernelConstants.COLUMN_UNIT;

  /**
   * Cuts a result into tiles of about equal size.
   *
   * @param rows rows of the result
   * @param columns columns of the result
   * @param maxRows largest tile
   * @param maxColumns largest tile
   * @param enough how many tiles are wanted at least, where the result is not too small
   * @return the tiles, row by row
   */
  public static List<Tile> cut(int rows, int columns, int maxRows, int maxColumns, int enough) {
    int tileRows = even(rows, maxRows, ROW_UNIT);
    int tileColumns = even(columns, maxColumns, COLUMN_UNIT);
    while (parts(rows, tileRows) * parts(columns, tileColumns) < enough) {
      if (tileColumns >= 2 * tileRows && tileColumns > 2 * COLUMN_UNIT) {
        tileColumns = even(columns, tileColumns / 2, COLUMN_UNIT);
      } else if (tileRows > 2 * ROW_UNIT) {
        tileRows = even(rows, tileRows / 2, ROW_UNIT);
      } else {
        break;
      }
    }
    List<Tile> tiles = new ArrayList<>();
    for (int i = 0; i < rows; i += tileRows) {
      for (int j = 0; j < columns; j += tileColumns) {
        tiles.add(new Tile(i, Math.min(tileRows, rows - i), j, Math.min(tileColumns, columns - j)));
      }
    }
    return tiles;
  }

  private static int parts(int size, int tile) {
    return (size + tile - 1) / tile;
  }

  /** The smallest multiple of the unit that cuts into as few parts as {@code max} does. */
  private static int even(int size, int max, int unit) {
    int most = Math.max(unit, max / unit * unit);
    int parts = Math.max(1, (size + most - 1) / most);
    int each = (size + parts - 1) / parts;
    return Math.max(unit, (each + unit - 1) / unit * unit);
  }
}
