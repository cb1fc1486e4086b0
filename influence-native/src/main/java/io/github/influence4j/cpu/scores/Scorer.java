/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.rows.BorrowedRows;
import io.github.influence4j.cpu.rows.ExampleRanges;
import io.github.influence4j.cpu.rows.RotatedExamples;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.support.Columns;
import io.github.influence4j.spi.support.Runs;
import java.util.List;

/** Scores and self-influence of examples. */
public final class Scorer {
  /** Packed rows that are held at a time, so that they stay in the last cache. */
  private static final long PACKED_BYTES = 16L << 20;

  private final Engine engine;
  private final BorrowedRows borrowed;
  private final RowScores rowScores;
  private final SingleRowScores singleRows;
  private final GradientDots dots;

  /** How an example is scored: a matter of the example and the scalar arguments. */
  private enum Form {
    SINGLE_ROW,
    ROWS,
    GRADIENT
  }

  public Scorer(Engine engine, BorrowedRows borrowed) {
    this.engine = engine;
    this.borrowed = borrowed;
    this.rowScores = new RowScores(engine);
    this.singleRows = new SingleRowScores(engine);
    this.dots = new GradientDots(engine);
  }

  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    int examples = rows.examples();
    int count = weights.size();
    double[] flat = new double[Math.multiplyExact(count, examples)];
    if (count > 0) {
      Queries queries =
          Queries.dense(engine, together(weights), count, rows.outputs(), rows.inputs());
      new RotatedExamples(engine, borrowed, rows, rotation)
          .forEach(
              rotateRowsBelow, true, true, batch -> addSquares(batch, queries, flat, examples));
    }
    double[][] out = new double[count][examples];
    for (int d = 0; d < count; d++) {
      System.arraycopy(flat, d * examples, out[d], 0, examples);
    }
    return out;
  }

  private void addSquares(
      RotatedExamples.Batch batch, Queries weights, double[] out, int examples) {
    if (batch.form() != RotatedExamples.Form.SINGLE_ROWS) {
      for (RotatedExamples.Part part : batch.parts()) {
        dots.add(part, batch.count(), weights, true, out, examples, batch.first());
      }
      return;
    }
    double[] values = rowScores.compute(batch.left(), batch.right(), batch.count(), weights, true);
    Columns.put(values, batch.count(), out, examples, batch.first());
  }

  /** The address of all weights, one after the other. */
  private long together(List<BackendTensor> weights) {
    CpuTensor first = CpuTensor.of(weights.get(0), engine, engine.type());
    if (weights.size() == 1) {
      return first.address();
    }
    int columns = (int) first.size(1);
    long elements = first.size(0) * columns;
    long all = engine.arena().take(elements * engine.elementBytes() * weights.size());
    for (int d = 0; d < weights.size(); d++) {
      CpuTensor tensor = CpuTensor.of(weights.get(d), engine, engine.type());
      long source = engine.matrix(Matrix.dense(tensor.address(), engine.type(), columns));
      long target = all + d * elements * engine.elementBytes();
      NativeException.check(
          Kernels.convert(engine.kernels(), source, 0, tensor.size(0), columns, target, columns),
          "infl_convert");
    }
    return all;
  }

  public double[] score(ExampleRows rows, QueryFactors factors, int withoutGradientBelow) {
    int examples = rows.examples();
    Queries queries = Queries.of(engine, factors, rows.outputs(), rows.inputs());
    double[] out = new double[Math.multiplyExact(queries.count(), examples)];
    Matrix left = borrowed.matrix(rows.gradients());
    Matrix right = borrowed.matrix(rows.activations());
    for (Runs.Run<Form> run :
        Runs.of(
            examples,
            example -> form(rowsOf(rows, example), queries, withoutGradientBelow),
            (form, first, end) -> form != Form.GRADIENT || fits(rows, first, end, queries))) {
      int from = run.first();
      int to = run.end();
      Arena.Mark mark = engine.arena().mark();
      switch (run.form()) {
        case SINGLE_ROW -> {
          int row = rows.offsets()[from];
          singleRows.compute(
              left.dropRows(row), right.dropRows(row), to - from, queries, out, examples, from);
        }
        case ROWS -> addRows(rows, from, to, left, right, queries, out);
        case GRADIENT -> addGradients(rows, from, to, left, right, queries, out);
      }
      engine.arena().release(mark);
    }
    return out;
  }

  /** Forming outer products pays only where forming a gradient of two rows does. */
  private static Form form(int rows, Queries queries, int withoutGradientBelow) {
    if (rows >= withoutGradientBelow) {
      return Form.GRADIENT;
    }
    boolean outerProduct = rows == 1 && queries.rank() == 0 && withoutGradientBelow <= 2;
    return outerProduct ? Form.SINGLE_ROW : Form.ROWS;
  }

  /**
   * Whether examples can be packed together: a little, or as much as the matrices that are read or
   * multiplied out again for what is packed next.
   */
  private boolean fits(ExampleRows rows, int from, int to, Queries queries) {
    long elements = (long) rows.inputs() + rows.outputs();
    long little = queries.rank() == 0 ? PACKED_BYTES : Long.MAX_VALUE;
    long most = Math.max(engine.budget().batch(little), queries.matrixBytes(engine));
    return elements * engine.elementBytes() * (rows.offsets()[to] - rows.offsets()[from])
        <= Math.min(engine.budget().window(), most);
  }

  private static int rowsOf(ExampleRows rows, int example) {
    return rows.offsets()[example + 1] - rows.offsets()[example];
  }

  private void addRows(
      ExampleRows rows,
      int from,
      int to,
      Matrix left,
      Matrix right,
      Queries queries,
      double[] out) {
    int first = rows.offsets()[from];
    int count = rows.offsets()[to] - first;
    double[] values =
        rowScores.compute(left.dropRows(first), right.dropRows(first), count, queries, false);
    for (int q = 0; q < queries.count(); q++) {
      for (int e = from; e < to; e++) {
        double sum = 0;
        for (int row = rows.offsets()[e] - first; row < rows.offsets()[e + 1] - first; row++) {
          sum += values[q * count + row];
        }
        out[q * rows.examples() + e] = sum;
      }
    }
  }

  private void addGradients(
      ExampleRows rows,
      int from,
      int to,
      Matrix left,
      Matrix right,
      Queries queries,
      double[] out) {
    int[] begin = new int[to - from];
    int[] end = new int[to - from];
    for (int e = from; e < to; e++) {
      begin[e - from] = rows.offsets()[e];
      end[e - from] = rows.offsets()[e + 1];
    }
    long product = engine.product(left, true, right, true, rows.offsets()[to]);
    ExampleRanges ranges =
        ExampleRanges.packed(engine, product, rows.outputs(), rows.inputs(), begin, end);
    RotatedExamples.Part part = new RotatedExamples.Part(0, rows.inputs(), product, ranges);
    dots.add(part, to - from, queries, false, out, rows.examples(), from);
  }

  public double[] scoreRows(ExampleRows rows, QueryFactors factors) {
    Queries queries = Queries.of(engine, factors, rows.outputs(), rows.inputs());
    return rowScores.compute(
        borrowed.matrix(rows.gradients()),
        borrowed.matrix(rows.activations()),
        rows.gradients().rows(),
        queries,
        false);
  }
}
