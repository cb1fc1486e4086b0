/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.scores;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Product;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.rows.ExampleRuns;
import io.github.influence4j.cuda.rows.PackedExamples;
import io.github.influence4j.cuda.rows.Products;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.support.Columns;

/** Dot products of training gradients with preconditioned queries. */
public final class Scorer {
  private final Engine engine;
  private final PackedExamples packed;
  private final Products products;

  public Scorer(Engine engine, PackedExamples packed, Products products) {
    this.engine = engine;
    this.packed = packed;
    this.products = products;
  }

  /** Takes the scores of one run of examples after the other. */
  interface Part {
    /**
     * Takes a run.
     *
     * @param scores on the device, [queries, count] in float64, valid during the call
     * @param first number of its first example within the batch
     * @param count its examples
     */
    void accept(long scores, int first, int count);
  }

  /** {@code out[q*examples + e] = ⟨V_q, g_e⟩}. */
  public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    int count = queries.queries();
    double[] out = new double[Math.multiplyExact(count, rows.examples())];
    score(
        rows,
        queries,
        withoutGradientBelow,
        (scores, first, part) -> collect(scores, count, first, part, rows.examples(), out));
    return out;
  }

  /** The same, left on the device. */
  public void score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow, Part to) {
    int count = queries.queries();
    for (ExampleRuns.Run run : runs(rows, withoutGradientBelow, queries)) {
      engine.beginStep();
      Kernels.DeviceExamples examples = packed.load(rows, run);
      long scores = engine.scratch(Scratch.Slot.OUT, 8L * count * run.count());
      if (run.form() == ExampleRuns.Form.BY_GRADIENT) {
        byGradient(examples, rows, queries, run.count(), scores);
      } else {
        byRows(examples, queries, 0, scores);
      }
      to.accept(scores, run.first(), run.count());
    }
  }

  // No gradient is written, but a sum for each query and tile of it. One row is never worth forming
  // a gradient: it has as many elements as there are products with a query.
  private Iterable<ExampleRuns.Run> runs(
      ExampleRows rows, int withoutGradientBelow, QueryFactors queries) {
    return ExampleRuns.of(
        rows,
        Math.max(2, withoutGradientBelow),
        rowBytes(rows, queries.queries()),
        8L * atOnce(rows, queries) * PackedExamples.tiles(rows.inputs(), rows.outputs()),
        8L * queries.queries() + PackedExamples.OFFSET_BYTES,
        engine.budget().batch());
  }

  /** With the scores of a row and what they are summed from. */
  private long rowBytes(ExampleRows rows, int queries) {
    return packed.rowBytes(rows) + 8L * queries * (1 + PackedExamples.tiles(rows.inputs()));
  }

  /** {@code out[q*rows + t] = gradients_tᵀ V_q activations_t}. */
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    int count = queries.queries();
    int all = rows.activations().rows();
    double[] out = new double[Math.multiplyExact(count, all)];
    long rowBytes = rowBytes(rows, count) + 8L * count;
    int step = (int) Math.max(1, Math.min(all, engine.budget().batch() / rowBytes));
    for (int first = 0; first < all; first += step) {
      engine.beginStep();
      int part = Math.min(step, all - first);
      Kernels.DeviceExamples examples = packed.loadRows(rows, first, part);
      long scores = engine.scratch(Scratch.Slot.OUT, 8L * count * part);
      byRows(examples, queries, scores, 0);
      collect(scores, count, first, part, all, out);
    }
    return out;
  }

  private void byRows(
      Kernels.DeviceExamples examples, QueryFactors queries, long rows, long scores) {
    if (queries instanceof QueryFactors.LowRank factors) {
      byRows(examples, factors, rows, scores);
      return;
    }
    DeviceTensor values = DeviceTensor.of(((QueryFactors.Dense) queries).values(), engine);
    int count = (int) values.size(0);
    long bytes = Kernels.scoreRowsWorkspace(examples, count);
    CudaException.check(
        Kernels.scoreRows(
            engine.productPrecision(),
            examples,
            values.address(),
            count,
            rows,
            scores,
            engine.scratch(Scratch.Slot.WORKSPACE, bytes),
            bytes,
            engine.stream()),
        "infl_cuda_score_rows");
  }

  private void byRows(
      Kernels.DeviceExamples examples, QueryFactors.LowRank factors, long rows, long scores) {
    DeviceTensor left = DeviceTensor.of(factors.left(), engine);
    DeviceTensor right = DeviceTensor.of(factors.right(), engine);
    int count = (int) left.size(0);
    int rank = (int) left.size(2);
    long bytes = Kernels.scoreRowsLowRankWorkspace(examples, count, rank);
    CudaException.check(
        Kernels.scoreRowsLowRank(
            engine.productPrecision(),
            examples,
            left.address(),
            right.address(),
            rank,
            count,
            rows,
            scores,
            engine.scratch(Scratch.Slot.WORKSPACE, bytes),
            bytes,
            engine.stream()),
        "infl_cuda_score_rows_low_rank");
  }

  private void byGradient(
      Kernels.DeviceExamples examples,
      ExampleRows rows,
      QueryFactors queries,
      int exampleCount,
      long scores) {
    if (queries instanceof QueryFactors.Dense dense) {
      DeviceTensor values = DeviceTensor.of(dense.values(), engine);
      byGradient(examples, values.address(), (int) values.size(0), scores);
      return;
    }
    QueryFactors.LowRank factors = (QueryFactors.LowRank) queries;
    DeviceTensor left = DeviceTensor.of(factors.left(), engine);
    DeviceTensor right = DeviceTensor.of(factors.right(), engine);
    int all = factors.queries();
    int step = atOnce(rows, queries);
    long dense = engine.scratch(Scratch.Slot.QUERIES, step * denseBytes(rows));
    for (int first = 0; first < all; first += step) {
      int part = Math.min(step, all - first);
      multiplyOut(left, right, first, part, dense);
      byGradient(examples, dense, part, scores + 8L * first * exampleCount);
    }
  }

  /** Queries of low rank are multiplied out, as many at a time as fit. */
  private int atOnce(ExampleRows rows, QueryFactors queries) {
    long most =
        queries instanceof QueryFactors.Dense
            ? queries.queries()
            : engine.budget().batch() / denseBytes(rows);
    return (int) Math.max(1, Math.min(queries.queries(), most));
  }

  private long denseBytes(ExampleRows rows) {
    return (long) rows.outputs() * rows.inputs() * engine.elementBytes();
  }

  private void multiplyOut(DeviceTensor left, DeviceTensor right, int first, int count, long to) {
    int outputs = (int) left.size(1);
    int inputs = (int) right.size(1);
    int rank = (int) left.size(2);
    long leftSize = (long) outputs * rank;
    long rightSize = (long) inputs * rank;
    products.multiply(
        Product.byTransposed(outputs, inputs, rank, rank, rank, inputs),
        left.address() + first * leftSize * engine.elementBytes(),
        leftSize,
        right.address() + first * rightSize * engine.elementBytes(),
        rightSize,
        to,
        (long) outputs * inputs,
        count);
  }

  private void byGradient(Kernels.DeviceExamples examples, long queries, int count, long scores) {
    long bytes = Kernels.scoreWorkspace(examples, count);
    CudaException.check(
        Kernels.score(
            engine.productPrecision(),
            examples,
            queries,
            count,
            scores,
            engine.scratch(Scratch.Slot.WORKSPACE, bytes),
            bytes,
            engine.stream()),
        "infl_cuda_score");
  }

  /** Spreads [queries, count] over columns of [queries, all]. */
  private void collect(long from, int queries, int first, int count, int all, double[] out) {
    double[] part =
        Transfers.doubles(
            engine.staging(), from, ElementType.F64, Math.multiplyExact(queries, count));
    Columns.put(part, count, out, all, first);
  }
}
