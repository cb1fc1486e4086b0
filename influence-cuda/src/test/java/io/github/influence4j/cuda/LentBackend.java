/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.TopScores;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.Unfolder;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A CUDA backend that gets all its arguments in memory of the device that a {@link Lender} owns.
 */
final class LentBackend implements ComputeBackend {
  private final ComputeBackend backend;
  private final Lender lender;
  private boolean closed;

  LentBackend(ComputeBackend backend) {
    this.backend = backend;
    this.lender = lender(backend);
  }

  private static Lender lender(ComputeBackend backend) {
    try {
      return new Lender();
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  /** What is there already, as it is; after {@link #close}, too: the backend refuses it. */
  private TensorView lent(TensorView tensor) {
    return closed || tensor.device() != null ? tensor : lender.lend(tensor);
  }

  private Rows lent(Rows rows) {
    return rows.withData(lent(rows.data()));
  }

  private ExampleRows lent(ExampleRows rows) {
    return new ExampleRows(lent(rows.activations()), lent(rows.gradients()), rows.offsets());
  }

  /** Runs an operation on what it lends, then reuses the memory; the first failure is thrown. */
  private synchronized <T> T lending(Supplier<T> operation) {
    T result;
    try {
      result = operation.get();
    } catch (RuntimeException e) {
      Releases releases = new Releases();
      releases.run(lender::reuse);
      releases.addTo(e);
      throw e;
    }
    if (!closed) {
      lender.reuse();
    }
    return result;
  }

  private void run(Runnable operation) {
    lending(
        () -> {
          operation.run();
          return true;
        });
  }

  @Override
  public BackendDescription description() {
    return backend.description();
  }

  @Override
  public boolean readsDeviceMemory() {
    return backend.readsDeviceMemory();
  }

  @Override
  public TensorView toHost(TensorView tensor) {
    return lending(() -> backend.toHost(lent(tensor)));
  }

  @Override
  public BackendTensor zeros(long... shape) {
    return backend.zeros(shape);
  }

  @Override
  public BackendTensor upload(TensorView tensor) {
    return lending(() -> backend.upload(lent(tensor)));
  }

  @Override
  public BackendTensor accumulator(long... shape) {
    return backend.accumulator(shape);
  }

  @Override
  public BackendTensor concatenate(List<BackendTensor> parts) {
    return backend.concatenate(parts);
  }

  @Override
  public Unfolder unfolder() {
    Unfolder unfolder = backend.unfolder();
    return new Unfolder() {
      @Override
      public TensorView unfold(Conv2d geometry, TensorView images) {
        return lending(() -> unfolder.unfold(geometry, lent(images)));
      }

      @Override
      public void close() {
        unfolder.close();
      }
    };
  }

  @Override
  public double[] magnitudes(Rows rows) {
    return lending(() -> backend.magnitudes(lent(rows)));
  }

  @Override
  public CovarianceAccumulator covariance(int... blockOffsets) {
    return backend.covariance(blockOffsets);
  }

  @Override
  public void accumulateCovariances(List<CovarianceUpdate> updates) {
    run(
        () ->
            backend.accumulateCovariances(
                updates.stream()
                    .map(update -> new CovarianceUpdate(lent(update.rows()), update.target()))
                    .toList()));
  }

  @Override
  public List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    return backend.eigendecompose(matrices);
  }

  @Override
  public void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    run(() -> backend.accumulateSquares(lent(rows), rotation, rotateRowsBelow, sum));
  }

  @Override
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    return lending(() -> backend.weightedSquares(lent(rows), rotation, rotateRowsBelow, weights));
  }

  @Override
  public void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    run(
        () ->
            backend.accumulateGradients(lent(rows), rotation, rotateRowsBelow, targets, gradients));
  }

  @Override
  public QueryFactors.Dense precondition(
      BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    return backend.precondition(rotated, weights, rotation);
  }

  @Override
  public QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    return backend.preconditionLowRank(rotated, weights, rotation, truncation);
  }

  @Override
  public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    return lending(() -> backend.score(lent(rows), queries, withoutGradientBelow));
  }

  @Override
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    return lending(() -> backend.scoreRows(lent(rows), queries));
  }

  @Override
  public Optional<TopScores> topScores(int queries, int k) {
    return backend.topScores(queries, k);
  }

  @Override
  public long workBytes(int inputs, int outputs, @Nullable Truncation truncation) {
    return backend.workBytes(inputs, outputs, truncation);
  }

  @Override
  public long eigendecompositionBytes(int dimension) {
    return backend.eigendecompositionBytes(dimension);
  }

  @Override
  public long peakMemory() {
    return backend.peakMemory();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    Releases releases = new Releases();
    releases.run(lender::close);
    releases.run(backend::close);
    releases.rethrow();
  }
}
