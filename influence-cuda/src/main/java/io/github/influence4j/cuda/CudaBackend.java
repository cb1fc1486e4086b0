/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cuda.decompositions.EigenSolver;
import io.github.influence4j.cuda.device.CudaContext;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.rows.Covariances;
import io.github.influence4j.cuda.rows.DeviceCovariance;
import io.github.influence4j.cuda.rows.GradientSums;
import io.github.influence4j.cuda.rows.Magnitudes;
import io.github.influence4j.cuda.rows.PackedExamples;
import io.github.influence4j.cuda.rows.Products;
import io.github.influence4j.cuda.rows.Rotator;
import io.github.influence4j.cuda.rows.RowUploads;
import io.github.influence4j.cuda.scores.DeviceTopScores;
import io.github.influence4j.cuda.scores.LowRankPreconditioner;
import io.github.influence4j.cuda.scores.Preconditioner;
import io.github.influence4j.cuda.scores.Scorer;
import io.github.influence4j.spi.BackendDescription;
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
import io.github.influence4j.spi.support.OwnedResource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Computes on one GPU, on a stream of its own. Factors and queries stay on the device; rows of the
 * host go through two pinned buffers, those of the device are read where they are. Operations
 * without a result on the host return when the host's memory was read, while the GPU works on: its
 * errors surface in a later call.
 *
 * <p>Thread-safe: the lock of the {@link CudaContext} serialises operations, on tensors too.
 */
final class CudaBackend implements ComputeBackend {
  private final CudaContext context;
  private final BackendDescription description;
  private final RowUploads uploads;
  private final Covariances covariances;
  private final EigenSolver eigenSolver;
  private final GradientSums sums;
  private final Scorer scorer;
  private final Preconditioner preconditioner;
  private final LowRankPreconditioner lowRank;
  private final WorkBound work;
  private final OwnedResource owned;

  CudaBackend(CudaContext context, BackendDescription description) {
    this.context = context;
    this.description = description;
    this.uploads = new RowUploads(context);
    Products products = new Products(context);
    Rotator rotator = new Rotator(context, products);
    PackedExamples packed = new PackedExamples(context, uploads, products);
    this.covariances = new Covariances(context, uploads);
    this.eigenSolver = new EigenSolver(context);
    this.sums = new GradientSums(context, packed, rotator);
    this.scorer = new Scorer(context, packed, products);
    this.preconditioner = new Preconditioner(context, rotator);
    this.lowRank = new LowRankPreconditioner(context, uploads, preconditioner, rotator);
    this.work = new WorkBound(context, packed, eigenSolver, lowRank);
    this.owned = OwnedResource.of(this, "Backend cuda", context::close);
  }

  @Override
  public BackendDescription description() {
    return description;
  }

  @Override
  public boolean readsDeviceMemory() {
    return true;
  }

  @Override
  public TensorView toHost(TensorView tensor) {
    return tensor.device() == null ? tensor : context.locked(() -> downloaded(tensor));
  }

  private TensorView downloaded(TensorView tensor) {
    TensorView copy = TensorView.allocate(tensor.type(), tensor.shape());
    long bytes = (long) tensor.elements() * tensor.type().bytes();
    Transfers.download(context.staging(), context.lent().borrow(tensor), bytes, copy);
    return copy;
  }

  @Override
  public BackendTensor zeros(long... shape) {
    return context.locked(() -> DeviceTensor.zeros(context, context.precision().type(), shape));
  }

  @Override
  public BackendTensor upload(TensorView tensor) {
    return context.locked(
        () -> {
          DeviceTensor copy =
              DeviceTensor.uninitialised(context, context.precision().type(), tensor.shape());
          try {
            uploads.tensor(tensor, copy.address());
            context.lent().giveBack();
            return copy;
          } catch (RuntimeException e) {
            copy.discard(e);
            throw e;
          }
        });
  }

  @Override
  public BackendTensor accumulator(long... shape) {
    return context.locked(() -> DeviceTensor.zeros(context, ElementType.F64, shape));
  }

  @Override
  public BackendTensor concatenate(List<BackendTensor> parts) {
    return context.locked(() -> concatenated(parts));
  }

  private DeviceTensor concatenated(List<BackendTensor> parts) {
    List<DeviceTensor> sources =
        parts.stream().map(part -> DeviceTensor.of(part, context)).toList();
    long[] shape = sources.get(0).shape();
    shape[0] = sources.stream().mapToLong(part -> part.size(0)).sum();
    DeviceTensor out = DeviceTensor.uninitialised(context, sources.get(0).type(), shape);
    try {
      long to = out.address();
      for (DeviceTensor part : sources) {
        context.copy(to, part.address(), part.bytes());
        to += part.bytes();
      }
      return out;
    } catch (RuntimeException e) {
      out.discard(e);
      throw e;
    }
  }

  @Override
  public double[] magnitudes(Rows rows) {
    // Where the rows are: looking costs less than sending them twice.
    return context.locked(
        () -> rows.data().device() == null ? Magnitudes.of(rows) : uploads.magnitudes(rows));
  }

  @Override
  public CovarianceAccumulator covariance(int... blockOffsets) {
    return context.locked(() -> new DeviceCovariance(context, blockOffsets));
  }

  @Override
  public void accumulateCovariances(List<CovarianceUpdate> updates) {
    context.run(() -> covariances.accumulate(updates));
  }

  @Override
  public List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    return context.locked(() -> eigenSolver.solve(matrices));
  }

  @Override
  public void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    context.run(() -> sums.squares(rows, rotation, rotateRowsBelow, sum));
  }

  @Override
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    return context.locked(() -> sums.weightedSquares(rows, rotation, rotateRowsBelow, weights));
  }

  @Override
  public void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    context.run(() -> sums.gradients(rows, rotation, rotateRowsBelow, targets, gradients));
  }

  @Override
  public QueryFactors.Dense precondition(
      BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    return context.locked(() -> preconditioner.dense(rotated, weights, rotation));
  }

  @Override
  public QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    return context.locked(() -> lowRank.lowRank(rotated, weights, rotation, truncation));
  }

  @Override
  public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    return context.locked(() -> scorer.score(rows, queries, withoutGradientBelow));
  }

  @Override
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    return context.locked(() -> scorer.scoreRows(rows, queries));
  }

  @Override
  public Optional<TopScores> topScores(int queries, int k) {
    return context.locked(
        () ->
            DeviceTopScores.fits(context, queries, k)
                ? Optional.of(new DeviceTopScores(context, uploads, scorer, queries, k))
                : Optional.empty());
  }

  @Override
  public long workBytes(int inputs, int outputs, @Nullable Truncation truncation) {
    return context.locked(() -> work.bytes(inputs, outputs, truncation));
  }

  @Override
  public long eigendecompositionBytes(int dimension) {
    return context.locked(() -> work.eigendecompositionBytes(dimension));
  }

  @Override
  public long peakMemory() {
    return context.locked(context.budget()::peak);
  }

  @Override
  public void close() {
    owned.close();
  }
}
