/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.decompositions.ThinMatrix.LeftSide;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.cpu.memory.Tasks;

/** Truncation by the whole singular value decomposition, on one thread and in float64. */
final class FullDecomposition implements TruncatedSvd {
  private final Engine engine;
  private final int outputs;
  private final int inputs;
  private final long matrix;
  private final ThinMatrix left;
  private final ThinMatrix right;
  private final ThinMatrix doubles;

  /**
   * Takes memory from the engine's arena.
   *
   * @param engine the engine
   * @param d the matrix, without gaps
   * @param left L
   * @param right R
   */
  FullDecomposition(Engine engine, LeftSide d, ThinMatrix left, ThinMatrix right) {
    this.engine = engine;
    this.outputs = d.rows();
    this.inputs = d.columns();
    this.matrix = engine.matrix(Matrix.dense(d.data(), engine.type(), inputs));
    this.left = left;
    this.right = right;
    int rows = Math.max(outputs, inputs);
    this.doubles = ThinMatrix.zeros(engine, ElementType.F64, rows, left.width());
  }

  /** Dᵀ = U S Vᵀ in column-major order. */
  @Override
  public double truncate(Tasks tasks) {
    int inner = Math.min(outputs, inputs);
    double[] s = new double[inner];
    double[] u = new double[inputs * inner];
    double[] v = new double[inner * outputs];
    try (NativeMemory copy = NativeMemory.unset(engine.budget(), "Query", 8L * outputs * inputs);
        NativeMemory values = NativeMemory.unset(engine.budget(), "Query", 8L * inner);
        NativeMemory rows = NativeMemory.unset(engine.budget(), "Query", 8L * u.length);
        NativeMemory columns = NativeMemory.unset(engine.budget(), "Query", 8L * v.length)) {
      NativeException.check(
          Kernels.convert(
              engine.kernels(ElementType.F64), matrix, 0, outputs, inputs, copy.address(), inputs),
          "infl_convert");
      Lapack.singularValues(copy, inputs, outputs, values, rows, columns);
      values.get(0, s);
      rows.get(0, u);
      columns.get(0, v);
    }
    double kept = 0;
    for (int c = 0; c < left.width(); c++) {
      kept += s[c] * s[c];
    }
    set(left, (i, c) -> s[c] * v[i * inner + c]);
    set(right, (j, c) -> u[c * inputs + j]);
    return kept;
  }

  private interface Element {
    double at(int row, int column);
  }

  private void set(ThinMatrix out, Element element) {
    int stride = out.stride();
    double[] values = new double[out.rows() * stride];
    for (int i = 0; i < out.rows(); i++) {
      for (int c = 0; c < out.width(); c++) {
        values[i * stride + c] = element.at(i, c);
      }
    }
    NativeMemory.doubles(doubles.data(), values.length).put(values);
    out.set(engine, doubles, out.rows());
  }
}
