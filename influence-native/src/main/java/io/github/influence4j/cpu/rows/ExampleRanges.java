/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Matrix;

/**
 * An {@code infl_examples}: which k each example of a product sums over, and where its rows are
 * packed.
 *
 * @param address of the structure for all examples
 * @param count how many examples
 * @param words the content of the structure
 */
public record ExampleRanges(long address, int count, long... words) {
  /**
   * Ranges of a product whose rows are not packed.
   *
   * @param engine the engine
   * @param begin first k of each example
   * @param end last k of each example, excluded
   * @param step rows of the left side from one example to the next
   * @return the structure, in the arena
   */
  public static ExampleRanges of(Engine engine, int[] begin, int[] end, int step) {
    return write(
        engine,
        engine.arena().ints(begin),
        engine.arena().ints(end),
        begin.length,
        step,
        0,
        0,
        0,
        0);
  }

  /**
   * Packs the rows of examples that follow each other.
   *
   * @param engine the engine
   * @param product an {@code infl_product} with rows_are_k on both sides
   * @param outputs rows of the result
   * @param inputs columns of the result
   * @param begin first k of each example
   * @param end last k of each example, excluded
   * @return the structure, in the arena
   */
  public static ExampleRanges packed(
      Engine engine, long product, int outputs, int inputs, int[] begin, int[] end) {
    long left = lines(engine, outputs, begin, end);
    long right = lines(engine, inputs, begin, end);
    return pack(engine, product, outputs, inputs, begin, end, left, right);
  }

  /**
   * Packs one matrix, as both sides of a product or the right one.
   *
   * @param engine the engine
   * @param x the matrix
   * @param rowsAreK whether its rows are k
   * @param n how many lines there are for each k
   * @param begin first k of each range
   * @param end last k of each range, excluded
   * @return the structure, in the arena
   */
  public static ExampleRanges packed(
      Engine engine, Matrix x, boolean rowsAreK, int n, int[] begin, int[] end) {
    long product = engine.product(x, rowsAreK, x, rowsAreK, end[end.length - 1]);
    long lines = lines(engine, n, begin, end);
    return pack(engine, product, n, n, begin, end, lines, lines);
  }

  /** Memory for all rows, as if it began at row 0. */
  private static long lines(Engine engine, int count, int[] begin, int[] end) {
    long rowBytes = roundUp(count) * engine.elementBytes();
    long rows = (long) end[end.length - 1] - begin[0];
    return engine.arena().take(rows * rowBytes) - begin[0] * rowBytes;
  }

  private static ExampleRanges pack(
      Engine engine,
      long product,
      int outputs,
      int inputs,
      int[] begin,
      int[] end,
      long left,
      long right) {
    ExampleRanges ranges =
        write(
            engine,
            engine.arena().ints(begin),
            engine.arena().ints(end),
            begin.length,
            0,
            left,
            right,
            roundUp(outputs),
            roundUp(inputs));
    int each = Math.max(1, begin.length / engine.enoughTasks());
    engine.run(
        (begin.length + each - 1) / each,
        (index, workspace) ->
            NativeException.check(
                Kernels.pack(
                    engine.kernels(),
                    product,
                    ranges.address,
                    outputs,
                    inputs,
                    (long) index * each,
                    Math.min(each, begin.length - index * each)),
                "infl_pack"));
    return ranges;
  }

  private static long roundUp(int lines) {
    int unit = Kernels.COLUMN_UNIT;
    return (long) (lines + unit - 1) / unit * unit;
  }

  private static ExampleRanges write(Engine engine, long... words) {
    return new ExampleRanges(engine.arena().words(words), (int) words[2], words);
  }

  /** Where k = 0 of the right side is packed. */
  public long packedRight() {
    return words[5];
  }

  /** Elements from k to k there. */
  public long rightLines() {
    return words[7];
  }

  /** Whether examples may be taken apart. */
  public boolean divisible() {
    return words[3] == 0;
  }

  /** The structure for some of the examples. */
  public long slice(Engine engine, int first, int some) {
    if (some == count) {
      return address;
    }
    long[] part = words.clone();
    part[0] += 4L * first;
    part[1] += 4L * first;
    part[2] = some;
    return engine.arena().words(part);
  }
}
