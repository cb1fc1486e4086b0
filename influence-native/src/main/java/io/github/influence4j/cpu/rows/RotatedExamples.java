/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.support.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Turns a batch of examples into products that give their gradients in a basis, {@code g̃_e = Q_Sᵀ
 * g_e Q_A}, a limited number of examples at a time: either the rows are rotated and g̃ is their
 * outer product, or g is formed, multiplied by Q_S, and g̃ is that times Q_A.
 */
public final class RotatedExamples {
  /** Rotated rows or half-rotated gradients that are held at a time. */
  private static final long BATCH_BYTES = 16L << 20;

  /** How the gradients of a run of examples are computed. */
  public enum Form {
    /** One row each, rotated. */
    SINGLE_ROWS,
    /** Rows are rotated. */
    ROWS,
    /** Gradients are rotated. */
    GRADIENTS
  }

  /**
   * Some columns of the gradients.
   *
   * @param column the first one
   * @param columns how many
   * @param product an {@code infl_product}
   * @param ranges which k each example sums over
   */
  public record Part(int column, int columns, long product, ExampleRanges ranges) {}

  /**
   * Consecutive examples.
   *
   * @param first number of the first one
   * @param count how many
   * @param form how they are computed
   * @param parts what to multiply, for all columns
   * @param left rotated rows of output gradients, unless the form is GRADIENTS
   * @param right rotated rows of activations, unless the form is GRADIENTS
   */
  public record Batch(
      int first, int count, Form form, List<Part> parts, Matrix left, Matrix right) {}

  private final Engine engine;
  private final Rotator rotator;
  private final ExampleRows examples;
  private final Rotation rotation;
  private final Matrix activations;
  private final Matrix gradients;
  private final boolean unrotated;
  private final boolean oneSided;

  public RotatedExamples(
      Engine engine, BorrowedRows borrowed, ExampleRows examples, Rotation rotation) {
    this.engine = engine;
    this.rotator = new Rotator(engine);
    this.examples = examples;
    this.rotation = rotation;
    this.activations = borrowed.matrix(examples.activations());
    this.gradients = borrowed.matrix(examples.gradients());
    boolean inputsFixed = rotation.activations().isIdentity();
    boolean outputsFixed = rotation.gradients().isIdentity();
    this.unrotated = inputsFixed && outputsFixed;
    this.oneSided = inputsFixed || outputsFixed;
  }

  /**
   * Hands over all examples in order.
   *
   * @param rotateRowsBelow number of rows from which on gradients are rotated
   * @param singleRows whether examples of one row come in batches of their own
   * @param packed whether rows are packed for many tiles to read
   * @param sink called for one batch after the other; its products live until it returns
   */
  public void forEach(
      int rotateRowsBelow, boolean singleRows, boolean packed, Consumer<Batch> sink) {
    for (Runs.Run<Form> run :
        Runs.of(
            examples.examples(),
            example -> form(example, rotateRowsBelow, singleRows),
            this::fits)) {
      int from = run.first();
      int to = run.end();
      Form form = run.form();
      Arena.Mark mark = engine.arena().mark();
      sink.accept(form == Form.GRADIENTS ? gradients(from, to) : rows(form, packed, from, to));
      engine.arena().release(mark);
    }
  }

  private Form form(int example, int rotateRowsBelow, boolean singleRows) {
    int rows = examples.offsets()[example + 1] - examples.offsets()[example];
    if (rows >= rotateRowsBelow && !oneSided) {
      return Form.GRADIENTS;
    }
    return singleRows && rows == 1 ? Form.SINGLE_ROWS : Form.ROWS;
  }

  private boolean fits(Form form, int from, int to) {
    long inputs = examples.inputs();
    long outputs = examples.outputs();
    long elements =
        form == Form.GRADIENTS
            ? 2 * inputs * outputs * (to - from)
            : (inputs + outputs) * (examples.offsets()[to] - examples.offsets()[from]);
    return (unrotated && form == Form.SINGLE_ROWS)
        || elements * engine.elementBytes() <= engine.budget().batch(BATCH_BYTES);
  }

  private Batch rows(Form form, boolean packed, int from, int to) {
    int firstRow = examples.offsets()[from];
    int rows = examples.offsets()[to] - firstRow;
    Products products = new Products(engine);
    Matrix left = rotator.rows(products, gradients.dropRows(firstRow), rows, rotation.gradients());
    Matrix right =
        rotator.rows(products, activations.dropRows(firstRow), rows, rotation.activations());
    products.run();
    long product = engine.product(left, true, right, true, rows);
    List<Part> parts =
        List.of(new Part(0, examples.inputs(), product, ranges(product, packed, from, to)));
    return new Batch(from, to - from, form, parts, left, right);
  }

  /** The examples' row ranges, relative to the first row; single rows are not worth packing. */
  private ExampleRanges ranges(long product, boolean packed, int from, int to) {
    int[] begin = new int[to - from];
    int[] end = new int[to - from];
    int longest = 0;
    for (int e = from; e < to; e++) {
      begin[e - from] = examples.offsets()[e] - examples.offsets()[from];
      end[e - from] = examples.offsets()[e + 1] - examples.offsets()[from];
      longest = Math.max(longest, end[e - from] - begin[e - from]);
    }
    return packed && longest > 1
        ? ExampleRanges.packed(engine, product, examples.outputs(), examples.inputs(), begin, end)
        : ExampleRanges.of(engine, begin, end, 0);
  }

  private Batch gradients(int from, int to) {
    int count = to - from;
    int outputs = examples.outputs();
    int inputs = examples.inputs();
    long bytes = (long) outputs * inputs * engine.elementBytes();
    long formed = engine.arena().take(bytes * count);
    long half = engine.arena().take(bytes * count);
    Products products = new Products(engine);
    for (int e = 0; e < count; e++) {
      int row = examples.offsets()[from + e];
      int rows = examples.offsets()[from + e + 1] - row;
      products.add(
          new Products.Product(
              new Products.Side(gradients.dropRows(row), true),
              new Products.Side(activations.dropRows(row), true),
              rows,
              outputs,
              inputs,
              formed + e * bytes,
              inputs));
    }
    products.run();
    for (int e = 0; e < count; e++) {
      Matrix gradient = Matrix.dense(formed + e * bytes, engine.type(), inputs);
      rotator.left(products, gradient, inputs, rotation.gradients(), true, half + e * bytes);
    }
    products.run();
    Matrix stacked = Matrix.dense(half, engine.type(), inputs);
    List<Part> parts = new ArrayList<>();
    Rotator.Block[] blocks = rotator.blocks(rotation.activations());
    for (Rotator.Block block : blocks) {
      long product =
          engine.product(
              stacked.dropColumns(block.first()), false, block.vectors(), true, block.size());
      parts.add(new Part(block.first(), block.size(), product, stacked(count, block.size())));
    }
    return new Batch(from, count, Form.GRADIENTS, parts, stacked, stacked);
  }

  /** Examples below each other, the sums over k going from 0 to {@code k}. */
  private ExampleRanges stacked(int count, int k) {
    int[] begin = new int[count];
    int[] end = new int[count];
    Arrays.fill(end, k);
    return ExampleRanges.of(engine, begin, end, examples.outputs());
  }
}
