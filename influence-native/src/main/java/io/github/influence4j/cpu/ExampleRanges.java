/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

/**
 * An {@code infl_examples}: which k each example of a product sums over, and where its rows are
 * packed.
 *
 * @param address of the structure for all examples
 * @param count how many examples
 * @param words the content of the structure
 */
record ExampleRanges(long address, int count, long... words) {
  /**
   * Ranges of a product whose rows are not packed.
   *
   * @param engine the engine
   * @param begin first k of each example
   * @param end last k of each example, excluded
   * @param step rows of the left side from one example to the next
   * @return the structure, in the arena
   */
  static ExampleRanges of(Engine engine, int[] begin, int[] end, int step) {
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
  static ExampleRanges packed(
      Engine engine, long product, int outputs, int inputs, int[] begin, int[] end) {
    long left = roundUp(outputs, Kernels.ROW_UNIT);
    long right = roundUp(inputs, Kernels.COLUMN_UNIT);
    long rows = (long) end[end.length - 1] - begin[0];
    int bytes = engine.elementBytes();
    ExampleRanges ranges =
        write(
            engine,
            engine.arena().ints(begin),
            engine.arena().ints(end),
            begin.length,
            0,
            engine.arena().take(rows * left * bytes) - begin[0] * left * bytes,
            engine.arena().take(rows * right * bytes) - begin[0] * right * bytes,
            left,
            right);
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

  private static long roundUp(int n, int unit) {
    return (long) (n + unit - 1) / unit * unit;
  }

  private static ExampleRanges write(Engine engine, long... words) {
    return new ExampleRanges(engine.arena().words(words), (int) words[2], words);
  }

  /** Whether examples may be taken apart. */
  boolean divisible() {
    return words[3] == 0;
  }

  /** The structure for some of the examples. */
  long slice(Engine engine, int first, int some) {
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
