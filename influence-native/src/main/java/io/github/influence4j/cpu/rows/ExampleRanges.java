/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Kernels.NativeExamples;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An {@code infl_examples}: which k each example of a product sums over, and where its rows are
 * packed.
 *
 * @param address of the structure for all examples
 * @param begin address of the first k of each example
 * @param end address of the last k of each example, excluded
 * @param count how many examples
 * @param step rows of the left side from one example to the next
 * @param packed where rows are packed, null if they are not
 */
public record ExampleRanges(
    long address, long begin, long end, int count, int step, @Nullable Packed packed) {
  /**
   * Packed rows of both sides, as if they began at k = 0.
   *
   * @param left address of the left side
   * @param right address of the right side
   * @param leftLines elements from k to k
   * @param rightLines elements from k to k
   */
  private record Packed(long left, long right, long leftLines, long rightLines) {}

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
    return write(engine, begin, end, step, null);
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
        write(engine, begin, end, 0, new Packed(left, right, roundUp(outputs), roundUp(inputs)));
    int each = Math.max(1, begin.length / engine.enoughTasks());
    engine.run(
        (begin.length + each - 1) / each,
        (index, workspace) ->
            NativeException.check(
                Kernels.packExamples(
                    engine.kernels(),
                    product,
                    ranges.address,
                    outputs,
                    inputs,
                    (long) index * each,
                    Math.min(each, begin.length - index * each)),
                "infl_pack_examples"));
    return ranges;
  }

  private static long roundUp(int lines) {
    int unit = KernelConstants.COLUMN_UNIT;
    return (long) (lines + unit - 1) / unit * unit;
  }

  private static ExampleRanges write(
      Engine engine, int[] begin, int[] end, int step, @Nullable Packed packed) {
    long first = engine.arena().ints(begin);
    long last = engine.arena().ints(end);
    long address = write(engine, first, last, begin.length, step, packed);
    return new ExampleRanges(address, first, last, begin.length, step, packed);
  }

  private static long write(
      Engine engine, long begin, long end, int count, int step, @Nullable Packed packed) {
    Packed rows = packed == null ? new Packed(0, 0, 0, 0) : packed;
    return new NativeExamples(engine.arena().place(NativeExamples.class))
        .begin(begin)
        .end(end)
        .count(count)
        .aStep(step)
        .packedA(rows.left)
        .packedB(rows.right)
        .aLines(rows.leftLines)
        .bLines(rows.rightLines)
        .address();
  }

  /** Where k = 0 of the right side is packed. */
  public long packedRight() {
    return Objects.requireNonNull(packed).right;
  }

  /** Elements from k to k there. */
  public long rightLines() {
    return Objects.requireNonNull(packed).rightLines;
  }

  /** Whether examples may be taken apart. */
  public boolean divisible() {
    return step == 0;
  }

  /** The structure for some of the examples. */
  public long slice(Engine engine, int first, int some) {
    return some == count
        ? address
        : write(engine, begin + 4L * first, end + 4L * first, some, step, packed);
  }
}
