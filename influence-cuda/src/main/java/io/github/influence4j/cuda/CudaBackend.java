/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.cuda.decompositions.EigenSolver;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.rows.BlasCrossover;
import io.github.influence4j.cuda.rows.BorrowedRows;
import io.github.influence4j.cuda.rows.Conversions;
import io.github.influence4j.cuda.rows.Covariances;
import io.github.influence4j.cuda.rows.DeviceCovariance;
import io.github.influence4j.cuda.rows.DeviceUnfolder;
import io.github.influence4j.cuda.rows.Gemm;
import io.github.influence4j.cuda.rows.GradientSums;
import io.github.influence4j.cuda.rows.PackedExamples;
import io.github.influence4j.cuda.rows.Products;
import io.github.influence4j.cuda.rows.Rotator;
import io.github.influence4j.cuda.scores.DeviceTopScores;
import io.github.influence4j.cuda.scores.LowRankPreconditioner;
import io.github.influence4j.cuda.scores.Preconditioner;
import io.github.influence4j.cuda.scores.Scorer;
import io.github.influence4j.spi.BackendTensor;
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
import io.github.influence4j.spi.support.Magnitudes;
import io.github.influence4j.spi.support.OwnedResource;
import io.github.influence4j.spi.support.SerialBackend;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Computes on one GPU, on a stream of its own. Factors and queries stay on the device; rows of the
 * host go through two pinned buffers, those of the device are read where they are; convolutions are
 * unfolded there. Operations without a result on the host return when the host's memory was read,
 * while the GPU works on: its errors surface in a later call.
 *
 * <p>Thread-safe: the lock of the {@link Engine} serialises operations, on tensors too.
 */
final class CudaBackend extends SerialBackend {
  private final Engine engine;
  private final Conversions conversions;
  private final BorrowedRows borrowed;
  private final Covariances covariances;
  private final EigenSolver eigenSolver;
  private final GradientSums sums;
  private final Scorer scorer;
  private final Preconditioner preconditioner;
  private final LowRankPreconditioner lowRank;
  private final WorkBound work;
  private final int blasFrom;
  private final OwnedResource owned;

  CudaBackend(Engine engine, BackendDescription description) {
    super(description, engine.operations());
    this.engine = engine;
    this.conversions = new Conversions(engine);
    this.borrowed = new BorrowedRows(engine, conversions);
    Gemm gemm = new Gemm(engine);
    this.blasFrom = engine.locked(() -> BlasCrossover.of(engine, gemm));
    Products products = new Products(engine, gemm, blasFrom);
    Rotator rotator = new Rotator(engine, products);
    PackedExamples packed = new PackedExamples(engine, borrowed, products);
    this.covariances = new Covariances(engine, borrowed);
    this.eigenSolver = new EigenSolver(engine, conversions);
    this.sums = new GradientSums(engine, packed, rotator);
    this.scorer = new Scorer(engine, packed, products);
    this.preconditioner = new Preconditioner(engine, rotator);
    this.lowRank = new LowRankPreconditioner(engine, conversions, preconditioner, rotator);
    this.work = new WorkBound(engine, packed, eigenSolver, lowRank);
    this.owned = engine.operations().ownAll(this, "Backend cuda", engine::freeAll);
  }

  /** From which size on its products go to cuBLAS. */
  int blasFrom() {
    return blasFrom;
  }

  @Override
  public boolean readsDeviceMemory() {
    return true;
  }

  @Override
  public TensorView toHost(TensorView tensor) {
    return tensor.device() == null ? tensor : locked(() -> downloaded(tensor));
  }

  private TensorView downloaded(TensorView tensor) {
    TensorView copy = TensorView.allocate(tensor.type(), tensor.shape());
    long bytes = (long) tensor.elements() * tensor.type().bytes();
    Transfers.download(engine.staging(), engine.lent().borrow(tensor), bytes, copy);
    return copy;
  }

  /** On our device. */
  @Override
  protected <T> T locked(Supplier<T> operation) {
    return engine.locked(operation);
  }

  @Override
  protected BackendTensor allocate(ElementType type, long... shape) {
    return DeviceTensor.zeros(engine, type, shape);
  }

  @Override
  public BackendTensor upload(TensorView tensor) {
    return locked(
        () -> {
          DeviceTensor copy =
              DeviceTensor.uninitialised(engine, engine.precision().type(), tensor.shape());
          try {
            borrowed.tensor(tensor, copy.address());
            engine.lent().giveBack();
            return copy;
          } catch (RuntimeException e) {
            copy.discard(e);
            throw e;
          }
        });
  }

  @Override
  public BackendTensor concatenate(List<BackendTensor> parts) {
    return locked(() -> concatenated(parts));
  }

  private DeviceTensor concatenated(List<BackendTensor> parts) {
    List<DeviceTensor> sources = parts.stream().map(part -> DeviceTensor.of(part, engine)).toList();
    long[] shape = sources.get(0).shape();
    shape[0] = sources.stream().mapToLong(part -> part.size(0)).sum();
    DeviceTensor out = DeviceTensor.uninitialised(engine, sources.get(0).type(), shape);
    try {
      long to = out.address();
      for (DeviceTensor part : sources) {
        engine.copy(to, part.address(), part.bytes());
        to += part.bytes();
      }
      return out;
    } catch (RuntimeException e) {
      out.discard(e);
      throw e;
    }
  }

  @Override
  public Unfolder unfolder() {
    return locked(() -> new DeviceUnfolder(engine, borrowed));
  }

  @Override
  public double[] magnitudes(Rows rows) {
    // Where the rows are: looking costs less than sending them twice.
    return locked(
        () -> rows.data().device() == null ? Magnitudes.of(rows) : borrowed.magnitudes(rows));
  }

  @Override
  public CovarianceAccumulator covariance(int... blockOffsets) {
    return locked(() -> DeviceCovariance.zeros(engine, blockOffsets));
  }

  @Override
  public void accumulateCovariances(List<CovarianceUpdate> updates) {
    run(() -> covariances.accumulate(updates));
  }

  @Override
  public List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    return locked(() -> eigenSolver.solve(matrices));
  }

  @Override
  public void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    run(() -> sums.squares(rows, rotation, rotateRowsBelow, sum));
  }

  @Override
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    return locked(() -> sums.weightedSquares(rows, rotation, rotateRowsBelow, weights));
  }

  @Override
  public void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    run(() -> sums.gradients(rows, rotation, rotateRowsBelow, targets, gradients));
  }

  @Override
  public QueryFactors.Dense precondition(
      BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    return locked(() -> preconditioner.dense(rotated, weights, rotation));
  }

  @Override
  public QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    return locked(() -> lowRank.lowRank(rotated, weights, rotation, truncation));
  }

  @Override
  public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    return locked(() -> scorer.score(rows, queries, withoutGradientBelow));
  }

  @Override
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    return locked(() -> scorer.scoreRows(rows, queries));
  }

  @Override
  public Optional<TopScores> topScores(int queries, int k) {
    return locked(
        () ->
            DeviceTopScores.fits(engine, queries, k)
                ? Optional.of(new DeviceTopScores(engine, conversions, scorer, queries, k))
                : Optional.empty());
  }

  @Override
  public long workBytes(int inputs, int outputs, @Nullable Truncation truncation) {
    return locked(() -> work.bytes(inputs, outputs, truncation));
  }

  @Override
  public long eigendecompositionBytes(int dimension) {
    return locked(() -> work.eigendecompositionBytes(dimension));
  }

  @Override
  public long peakMemory() {
    return locked(engine.budget()::peak);
  }

  @Override
  public void close() {
    owned.close();
  }
}
