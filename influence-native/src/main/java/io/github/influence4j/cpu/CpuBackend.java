/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.BackendDescription;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.Truncation;
import java.util.List;
import java.util.function.Supplier;

/**
 * Computes with the C++ kernels on a fixed number of threads. One lock serialises operations; what
 * each of them does is in the class it is handed to.
 */
final class CpuBackend implements ComputeBackend {
  private final BackendDescription description;
  private final Engine engine;
  private final Inputs inputs;
  private final Covariances covariances;
  private final EigenSolver eigenSolver;
  private final GradientSums sums;
  private final Preconditioner preconditioner;
  private final LowRankPreconditioner lowRank;
  private final Scorer scorer;

  CpuBackend(Isa isa, String library, BackendOptions options) {
    this.description =
        new BackendDescription(
            CpuBackendProvider.NAME,
            isa.toString(),
            library,
            options.precision(),
            options.threads());
    this.engine = new Engine(isa, options);
    this.inputs = new Inputs(engine);
    this.covariances = new Covariances(engine, inputs);
    this.eigenSolver = new EigenSolver(engine);
    this.sums = new GradientSums(engine, inputs);
    this.preconditioner = new Preconditioner(engine);
    this.lowRank = new LowRankPreconditioner(engine);
    this.scorer = new Scorer(engine, inputs);
  }

  @Override
  public BackendDescription description() {
    return description;
  }

  @Override
  public BackendTensor zeros(long... shape) {
    return locked(() -> new CpuTensor(engine, engine.type(), shape));
  }

  @Override
  public BackendTensor upload(TensorView host) {
    return locked(
        () -> {
          CpuTensor tensor = CpuTensor.unset(engine, host.shape());
          long source = engine.matrix(inputs.row(host));
          long count = host.elements();
          NativeException.check(
              Kernels.convert(engine.kernels(), source, 0, 1, count, tensor.address(), count),
              "infl_convert");
          return tensor;
        });
  }

  @Override
  public BackendTensor accumulator(long... shape) {
    return locked(() -> new CpuTensor(engine, ElementType.F64, shape));
  }

  @Override
  public BackendTensor concatenate(List<BackendTensor> parts) {
    return locked(() -> CpuTensor.concatenate(parts, engine));
  }

  @Override
  public int firstNonFiniteRow(Rows rows) {
    return locked(
        () -> {
          long x = engine.matrix(inputs.matrix(rows));
          return (int) Kernels.firstNonFinite(engine.kernels(), x, 0, rows.rows());
        });
  }

  @Override
  public CovarianceAccumulator covariance(int... blockOffsets) {
    return locked(() -> new CpuCovariance(engine, blockOffsets));
  }

  @Override
  public void accumulateCovariances(List<CovarianceUpdate> updates) {
    locked(() -> covariances.accumulate(updates));
  }

  @Override
  public List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    return locked(() -> eigenSolver.solve(matrices));
  }

  @Override
  public void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    locked(() -> sums.squares(rows, rotation, rotateRowsBelow, sum));
  }

  @Override
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    return locked(() -> scorer.weightedSquares(rows, rotation, rotateRowsBelow, weights));
  }

  @Override
  public void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    locked(() -> sums.gradients(rows, rotation, rotateRowsBelow, targets, gradients));
  }

  @Override
  public QueryFactors.Dense precondition(
      BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    return locked(() -> preconditioner.dense(rotated, weights, rotation));
  }

  @Override
  public QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    return locked(() -> lowRank.truncate(rotated, weights, rotation, truncation));
  }

  @Override
  public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    return locked(() -> scorer.score(rows, queries, withoutGradientBelow));
  }

  @Override
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    return locked(() -> scorer.scoreRows(rows, queries));
  }

  private void locked(Runnable operation) {
    locked(
        () -> {
          operation.run();
          return Boolean.TRUE;
        });
  }

  private synchronized <T> T locked(Supplier<T> operation) {
    if (engine.isClosed()) {
      throw new IllegalStateException("CPU backend already closed");
    }
    try {
      return operation.get();
    } finally {
      engine.arena().reset();
      inputs.release();
    }
  }

  @Override
  public synchronized void close() {
    engine.close();
  }
}
