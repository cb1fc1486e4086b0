/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.capture.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * The truncated decomposition of one query, on one thread. Matrices whose names end in T are stored
 * transposed, so that their rows are the columns that LAPACK wants.
 */
final class LowRankQuery implements AutoCloseable {
  private final Engine engine;
  private final int outputs;
  private final int inputs;
  private final int rank;
  private final long workspace;
  private final List<NativeMemory> owned = new ArrayList<>();
  private final NativeMemory words;
  private final NativeMemory scaled;
  private final NativeMemory left;
  private final NativeMemory right;

  LowRankQuery(Engine engine, int outputs, int inputs, int rank, long workspace) {
    this.engine = engine;
    this.outputs = outputs;
    this.inputs = inputs;
    this.rank = rank;
    this.workspace = workspace;
    int bytes = engine.elementBytes();
    this.words = own(8L * (2 * Matrix.WORDS + 2));
    this.scaled = own((long) outputs * inputs * bytes);
    this.left = own((long) outputs * rank * bytes);
    this.right = own((long) inputs * rank * bytes);
  }

  /** Sets the matrix to decompose, D = weights ∘ gradient. */
  void scale(long gradient, long weights) {
    NativeException.check(
        Kernels.hadamard(
            engine.kernels(), gradient, weights, scaled.address(), (long) outputs * inputs),
        "infl_hadamard");
  }

  /** Full decomposition: Dᵀ = U S Vᵀ in column-major order. */
  void decompose() {
    int inner = Math.min(outputs, inputs);
    NativeMemory copy = own(8L * outputs * inputs);
    toDoubles(scaled(), outputs, inputs, copy);
    NativeMemory values = own(8L * inner);
    NativeMemory u = own(8L * inputs * inner);
    NativeMemory v = own(8L * inner * outputs);
    Lapack.singularValues(copy, inputs, outputs, values, u, v);
    double[] s = new double[inner];
    values.get(0, s);
    double[] mix = new double[rank * inner];
    for (int c = 0; c < rank; c++) {
      mix[c * inner + c] = s[c];
    }
    keep(doubles(v, inner), false, mix, doubles(u, inputs), inner);
  }

  /**
   * Randomised decomposition.
   *
   * @param test Gaussian, [width, inputs]
   * @param width sampled directions
   * @param iterations power iterations
   */
  void sample(Matrix test, int width, int iterations) {
    NativeMemory product = own((long) width * Math.max(outputs, inputs) * engine.elementBytes());
    NativeMemory rangeT = own(8L * width * outputs);
    NativeMemory corangeT = own(8L * width * inputs);
    NativeMemory factors = own(8L * width);
    timesTransposed(test, width, product, rangeT);
    Lapack.orthonormalise(rangeT, outputs, width, factors);
    for (int i = 0; i < iterations; i++) {
      times(rangeT, width, product, corangeT);
      Lapack.orthonormalise(corangeT, inputs, width, factors);
      timesTransposed(doubles(corangeT, inputs), width, product, rangeT);
      Lapack.orthonormalise(rangeT, outputs, width, factors);
    }
    times(rangeT, width, product, corangeT);
    NativeMemory values = own(8L * width);
    NativeMemory u = own(8L * inputs * width);
    NativeMemory v = own(8L * width * width);
    Lapack.singularValues(corangeT, inputs, width, values, u, v);
    double[] s = new double[width];
    double[] vt = new double[width * width];
    values.get(0, s);
    v.get(0, vt);
    double[] mix = new double[rank * width];
    for (int c = 0; c < rank; c++) {
      for (int k = 0; k < width; k++) {
        mix[c * width + k] = s[c] * vt[c + k * width];
      }
    }
    keep(doubles(rangeT, outputs), true, mix, doubles(u, inputs), width);
  }

  /** to = from Dᵀ, [width, outputs]. */
  private void timesTransposed(Matrix from, int width, NativeMemory product, NativeMemory to) {
    multiply(from, false, scaled(), false, inputs, width, outputs, product.address(), outputs);
    toDoubles(Matrix.dense(product.address(), engine.type(), outputs), width, outputs, to);
  }

  /** to = from D, [width, inputs]. */
  private void times(NativeMemory from, int width, NativeMemory product, NativeMemory to) {
    multiply(
        doubles(from, outputs),
        false,
        scaled(),
        true,
        outputs,
        width,
        inputs,
        product.address(),
        inputs);
    toDoubles(Matrix.dense(product.address(), engine.type(), inputs), width, inputs, to);
  }

  /**
   * Sets L = basis mixᵀ and R = the first columns of the right vectors.
   *
   * @param basis [outputs, inner], or transposed
   * @param transposed whether it is
   * @param mix [rank, inner]
   * @param rightT [inner, inputs]
   * @param inner sampled directions
   */
  private void keep(Matrix basis, boolean transposed, double[] mix, Matrix rightT, int inner) {
    NativeMemory small = own(8L * rank * inner);
    small.put(0, mix, 0, mix.length);
    multiply(
        basis,
        transposed,
        doubles(small, inner),
        false,
        inner,
        outputs,
        rank,
        left.address(),
        rank);
    double[] first = new double[rank * inner];
    for (int c = 0; c < rank; c++) {
      first[c * inner + c] = 1;
    }
    small.put(0, first, 0, first.length);
    multiply(
        rightT, true, doubles(small, inner), false, inner, inputs, rank, right.address(), rank);
  }

  /** ‖D − L Rᵀ‖ / ‖D‖, 0 where D is 0. */
  double residual() {
    try (NativeMemory sums = new NativeMemory("Residual", 16)) {
      write(left(), false, right(), false, rank);
      for (Tile tile : tiles(outputs, inputs)) {
        NativeException.check(
            Kernels.residualTile(
                engine.kernels(),
                words.address(),
                tile.row(),
                tile.rows(),
                tile.column(),
                tile.columns(),
                scaled.address(),
                inputs,
                sums.address(),
                workspace),
            "infl_residual_tile");
      }
      double[] values = new double[2];
      sums.get(0, values);
      return values[1] == 0 ? 0 : Math.sqrt(values[0] / values[1]);
    }
  }

  /** Writes Q_S L. */
  void writeLeft(Rotator.Block[] blocks, long out) {
    rotate(left(), blocks, outputs, out);
  }

  /** Writes Q_A R. */
  void writeRight(Rotator.Block[] blocks, long out) {
    rotate(right(), blocks, inputs, out);
  }

  private void rotate(Matrix factor, Rotator.Block[] blocks, int rows, long out) {
    if (blocks.length == 0) {
      words.put(0, matrixWords(factor));
      NativeException.check(
          Kernels.convert(engine.kernels(), words.address(), 0, rows, rank, out, rank),
          "infl_convert");
    }
    for (Rotator.Block block : blocks) {
      long target = out + (long) block.first() * rank * engine.elementBytes();
      multiply(
          block.vectors(),
          false,
          factor.dropRows(block.first()),
          true,
          block.size(),
          block.size(),
          rank,
          target,
          rank);
    }
  }

  private void multiply(
      Matrix a,
      boolean aRowsAreK,
      Matrix b,
      boolean bRowsAreK,
      int k,
      int rows,
      int columns,
      long c,
      long ldc) {
    write(a, aRowsAreK, b, bRowsAreK, k);
    for (Tile tile : tiles(rows, columns)) {
      NativeException.check(
          Kernels.multiply(
              engine.kernels(),
              words.address(),
              tile.row(),
              tile.rows(),
              tile.column(),
              tile.columns(),
              c,
              ldc,
              0,
              workspace),
          "infl_multiply");
    }
  }

  private static List<Tile> tiles(int rows, int columns) {
    return Tile.cut(rows, columns, Kernels.MAX_TILE_ROWS, Kernels.MAX_TILE_COLUMNS, 1);
  }

  private void write(Matrix a, boolean aRowsAreK, Matrix b, boolean bRowsAreK, int k) {
    words.put(0, Engine.productWords(a, aRowsAreK, b, bRowsAreK, k));
  }

  private static long[] matrixWords(Matrix x) {
    long[] out = new long[Matrix.WORDS];
    x.write(out, 0);
    return out;
  }

  private void toDoubles(Matrix x, int rows, int columns, NativeMemory out) {
    words.put(0, matrixWords(x));
    NativeException.check(
        Kernels.convert(
            engine.doubleKernels(), words.address(), 0, rows, columns, out.address(), columns),
        "infl_convert");
  }

  private Matrix scaled() {
    return Matrix.dense(scaled.address(), engine.type(), inputs);
  }

  private Matrix left() {
    return Matrix.dense(left.address(), engine.type(), rank);
  }

  private Matrix right() {
    return Matrix.dense(right.address(), engine.type(), rank);
  }

  private static Matrix doubles(NativeMemory memory, int columns) {
    return Matrix.dense(memory.address(), ElementType.F64, columns);
  }

  private NativeMemory own(long bytes) {
    NativeMemory memory = NativeMemory.unset("Query", bytes);
    owned.add(memory);
    return memory;
  }

  @Override
  public void close() {
    owned.forEach(NativeMemory::close);
  }
}
