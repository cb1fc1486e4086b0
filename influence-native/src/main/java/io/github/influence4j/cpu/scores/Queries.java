/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Kernels.NativeQueries;
import io.github.influence4j.spi.QueryFactors;

/**
 * An {@code infl_queries}: matrices V_q [outputs, inputs] to dot gradients with.
 *
 * @param address of the structure
 * @param matrices where they are
 * @param count number of matrices
 * @param outputs P
 * @param inputs M
 */
record Queries(long address, Matrices matrices, int count, int outputs, int inputs) {
  /**
   * Dense matrices, or factors of low rank.
   *
   * @param values address of dense matrices, or 0
   * @param left address of low-rank factors [count, outputs, rank], or 0
   * @param right address of low-rank factors [count, inputs, rank], or 0
   * @param rank of low-rank factors, or 0
   */
  record Matrices(long values, long left, long right, int rank) {}

  private static Queries write(Engine engine, Matrices at, int count, int outputs, int inputs) {
    NativeQueries queries = new NativeQueries(engine.arena().place(NativeQueries.class));
    queries.values(at.values).left(at.left).right(at.right).rank(at.rank);
    queries.outputs(outputs).inputs(inputs);
    return new Queries(queries.address(), at, count, outputs, inputs);
  }

  /** Dense matrices at an address. */
  static Queries dense(Engine engine, long values, int count, int outputs, int inputs) {
    return write(engine, new Matrices(values, 0, 0, 0), count, outputs, inputs);
  }

  /** Factors at two addresses. */
  static Queries lowRank(
      Engine engine, long left, long right, int count, int outputs, int inputs, int rank) {
    return write(engine, new Matrices(0, left, right, rank), count, outputs, inputs);
  }

  /** The matrices of a layer's queries. */
  static Queries of(Engine engine, QueryFactors factors, int outputs, int inputs) {
    if (factors instanceof QueryFactors.Dense dense) {
      long values = CpuTensor.of(dense.values(), engine, engine.type()).address();
      return dense(engine, values, factors.queries(), outputs, inputs);
    }
    QueryFactors.LowRank low = (QueryFactors.LowRank) factors;
    CpuTensor left = CpuTensor.of(low.left(), engine, engine.type());
    CpuTensor right = CpuTensor.of(low.right(), engine, engine.type());
    int rank = (int) left.size(2);
    return lowRank(
        engine, left.address(), right.address(), factors.queries(), outputs, inputs, rank);
  }

  /** Of the factors, or 0. */
  int rank() {
    return matrices.rank;
  }

  /** Memory that all V_q take as dense matrices. */
  long matrixBytes(Engine engine) {
    return (long) count * outputs * inputs * engine.elementBytes();
  }
}
