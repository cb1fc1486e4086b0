/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.cpu.decompositions.EigenSolver;
import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.rows.BorrowedRows;
import io.github.influence4j.cpu.rows.Covariances;
import io.github.influence4j.cpu.rows.CpuCovariance;
import io.github.influence4j.cpu.rows.CpuUnfolder;
import io.github.influence4j.cpu.rows.GradientSums;
import io.github.influence4j.cpu.rows.Windows;
import io.github.influence4j.cpu.scores.LowRankPreconditioner;
import io.github.influence4j.cpu.scores.Preconditioner;
import io.github.influence4j.cpu.scores.Scorer;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.Unfolder;
import io.github.influence4j.spi.support.Columns;
import io.github.influence4j.spi.support.SerialBackend;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Computes with the C++ kernels on a fixed number of threads. One lock serialises operations; what
 * each of them does is in the class it is handed to.
 */
final class CpuBackend extends SerialBackend {
  private final Engine engine;
  private final BorrowedRows borrowed;
  private final Windows windows;
  private final Covariances covariances;
  private final EigenSolver eigenSolver;
  private final GradientSums sums;
  private final Preconditioner preconditioner;
  private final LowRankPreconditioner lowRank;
  private final Scorer scorer;
  private final WorkBound work;

  CpuBackend(Engine engine, BackendDescription description) {
    super(description, engine.operations());
    this.engine = engine;
    this.borrowed = new BorrowedRows(engine);
    this.windows = new Windows(engine);
    this.covariances = new Covariances(engine, borrowed);
    this.eigenSolver = new EigenSolver(engine);
    this.sums = new GradientSums(engine, borrowed);
    this.preconditioner = new Preconditioner(engine);
    this.lowRank = new LowRankPreconditioner(engine);
    this.scorer = new Scorer(engine, borrowed);
    this.work = new WorkBound(engine);
  }

  @Override
  protected BackendTensor allocate(ElementType type, long... shape) {
    return CpuTensor.zeros(engine, type, shape);
  }

  @Override
  public BackendTensor upload(TensorView host) {
    return locked(
        () -> {
          CpuTensor tensor = CpuTensor.unset(engine, host.shape());
          copy(host, tensor);
          return tensor;
        });
  }

  private void copy(TensorView host, CpuTensor tensor) {
    try {
      int most = (int) (engine.budget().batch() / Double.BYTES);
      for (int first = 0; first < host.elements(); first += most) {
        int count = Math.min(most, host.elements() - first);
        long source = engine.matrix(borrowed.row(host, first, count));
        long target = tensor.address() + (long) first * engine.elementBytes();
        NativeException.check(
            Kernels.convert(engine.kernels(), source, 0, 1, count, target, count), "infl_convert");
        forget();
      }
    } catch (RuntimeException | Error failure) {
      tensor.close();
      throw failure;
    }
  }

  @Override
  public BackendTensor concatenate(List<BackendTensor> parts) {
    return locked(() -> CpuTensor.concatenate(parts, engine));
  }

  @Override
  public Unfolder unfolder() {
    return locked(() -> new CpuUnfolder(this, this::locked, engine, borrowed));
  }

  @Override
  public double[] magnitudes(Rows rows) {
    return locked(
        () -> {
          double[] all = new double[rows.rows()];
          int before = 0;
          for (Rows piece : windows.rows(rows)) {
            double[] some = new double[piece.rows()];
            long x = engine.matrix(borrowed.matrix(piece));
            long out = engine.arena().take(8L * some.length);
            NativeException.check(
                Kernels.magnitudes(engine.kernels(), x, 0, some.length, out), "infl_magnitudes");
            engine.arena().read(out, some);
            System.arraycopy(some, 0, all, before, some.length);
            before += some.length;
            forget();
          }
          return all;
        });
  }

  @Override
  public CovarianceAccumulator covariance(int... blockOffsets) {
    return locked(() -> CpuCovariance.zeros(engine, blockOffsets));
  }

  @Override
  public void accumulateCovariances(List<CovarianceUpdate> updates) {
    run(
        () -> {
          for (List<CovarianceUpdate> window : windows.updates(updates)) {
            covariances.accumulate(window);
            forget();
          }
        });
  }

  @Override
  public List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    return locked(() -> eigenSolver.solve(matrices));
  }

  @Override
  public void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    run(
        () -> {
          for (Windows.Window window : windows.examples(rows, 0)) {
            sums.squares(window.rows(), rotation, rotateRowsBelow, sum);
            forget();
          }
        });
  }

  @Override
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    return locked(
        () -> {
          double[][] out = new double[weights.size()][rows.examples()];
          for (Windows.Window window : windows.examples(rows, weights.size())) {
            engine.operations().checkInterrupted();
            double[][] some =
                scorer.weightedSquares(window.rows(), rotation, rotateRowsBelow, weights);
            for (int d = 0; d < out.length; d++) {
              System.arraycopy(some[d], 0, out[d], window.first(), some[d].length);
            }
            forget();
          }
          return out;
        });
  }

  @Override
  public void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    run(
        () -> {
          for (Windows.Window window : windows.examples(rows, 0)) {
            int end = window.first() + window.rows().examples();
            int[] some = Arrays.copyOfRange(targets, window.first(), end);
            sums.gradients(window.rows(), rotation, rotateRowsBelow, some, gradients);
            forget();
          }
        });
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
    return locked(
        () -> {
          double[] out = new double[Math.multiplyExact(queries.queries(), rows.examples())];
          for (Windows.Window window : windows.examples(rows, queries.queries())) {
            engine.operations().checkInterrupted();
            double[] some = scorer.score(window.rows(), queries, withoutGradientBelow);
            Columns.put(some, window.rows().examples(), out, rows.examples(), window.first());
            forget();
          }
          return out;
        });
  }

  @Override
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    return locked(
        () -> {
          int count = rows.gradients().rows();
          double[] out = new double[Math.multiplyExact(queries.queries(), count)];
          for (Windows.Window window : windows.examples(rows, queries.queries())) {
            engine.operations().checkInterrupted();
            double[] some = scorer.scoreRows(window.rows(), queries);
            Columns.put(some, window.rows().gradients().rows(), out, count, window.firstRow());
            forget();
          }
          return out;
        });
  }

  @Override
  public long workBytes(int inputs, int outputs, @Nullable Truncation truncation) {
    return work.bytes(inputs, outputs, truncation);
  }

  @Override
  public long eigendecompositionBytes(int dimension) {
    return work.eigendecompositionBytes(dimension);
  }

  @Override
  public long peakMemory() {
    return engine.budget().peak();
  }

  /** Ends a window. */
  private void forget() {
    engine.arena().reset();
    borrowed.release();
  }

  @Override
  protected <T> T locked(Supplier<T> operation) {
    return super.locked(
        () -> {
          try {
            return operation.get();
          } finally {
            forget();
          }
        });
  }

  @Override
  public void close() {
    engine.close();
  }
}
