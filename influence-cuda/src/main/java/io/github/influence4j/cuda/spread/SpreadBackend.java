/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.cuda.device.MemoryLocator;
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
import io.github.influence4j.spi.Unfolder;
import io.github.influence4j.spi.support.Magnitudes;
import io.github.influence4j.spi.support.OwnedResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Several GPUs as one backend. Each operation runs on one of them, by the backend of that GPU, so
 * its results have the same bits as on one. What is used together, such as the eigenbases, weights
 * and queries of a layer, is brought together where the first of it was used, and layers go to the
 * device that has least to do. Operations on different devices run at the same time: covariances,
 * eigendecompositions, and whatever callers run {@link #together}.
 */
public final class SpreadBackend implements ComputeBackend {
  /** Of operations that wait for devices, so that none of these waits for an operation. */
  private static final int THREADS_PER_DEVICE = 4;

  private final BackendDescription description;
  private final Devices devices;
  private final Placement placement;
  private final Shares covariances;
  private final OwnedResource owned;

  /**
   * Of some GPUs.
   *
   * @param gpus at least one; closed with this
   * @param locator says on which of them memory lies
   * @param description of all
   */
  public SpreadBackend(List<Gpu> gpus, MemoryLocator locator, BackendDescription description) {
    Devices all = new Devices(gpus, locator);
    this.description = description;
    this.devices = all;
    this.placement = new Placement(all, description.precision().type());
    this.covariances = new Shares(all.count());
    this.owned = all.operations().ownAll(this, "Backend " + description.name(), all::close);
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
    devices.requireOpen();
    int device = Math.max(0, devices.of(tensor));
    return tensor.device() == null ? tensor : devices.on(device, gpu -> gpu.toHost(tensor));
  }

  @Override
  public void together(List<Runnable> operations) {
    devices.requireOpen();
    Together.run(operations, THREADS_PER_DEVICE * devices.count());
  }

  @Override
  public BackendTensor zeros(long... shape) {
    devices.requireOpen();
    return placement.zeros(shape);
  }

  @Override
  public BackendTensor accumulator(long... shape) {
    return placement.accumulator(shape);
  }

  @Override
  public BackendTensor upload(TensorView tensor) {
    devices.requireOpen();
    return placement.upload(tensor);
  }

  @Override
  public BackendTensor concatenate(List<BackendTensor> parts) {
    devices.requireOpen();
    List<SpreadTensor> ours = parts.stream().map(part -> SpreadTensor.of(part, devices)).toList();
    return placement.concatenated(ours);
  }

  @Override
  public Unfolder unfolder() {
    devices.requireOpen();
    return new SpreadUnfolder(devices);
  }

  @Override
  public double[] magnitudes(Rows rows) {
    devices.requireOpen();
    int device = Math.max(0, devices.of(rows.data()));
    return rows.data().device() == null
        ? Magnitudes.of(rows)
        : devices.on(device, gpu -> gpu.magnitudes(rows));
  }

  @Override
  public CovarianceAccumulator covariance(int... blockOffsets) {
    return SpreadCovariance.zeros(devices, covariances, blockOffsets);
  }

  @Override
  public void accumulateCovariances(List<CovarianceUpdate> updates) {
    devices.requireOpen();
    Map<Integer, List<CovarianceUpdate>> byDevice = new TreeMap<>();
    for (CovarianceUpdate update : updates) {
      SpreadCovariance target = SpreadCovariance.of(update.target(), devices);
      byDevice
          .computeIfAbsent(target.device(), device -> new ArrayList<>())
          .add(new CovarianceUpdate(update.rows(), target.inner()));
    }
    List<Runnable> operations = new ArrayList<>();
    byDevice.forEach((device, own) -> operations.add(() -> accumulate(device, own)));
    Together.run(operations, devices.count());
  }

  private void accumulate(int device, List<CovarianceUpdate> updates) {
    List<CovarianceUpdate> readable = new ArrayList<>();
    for (CovarianceUpdate update : updates) {
      readable.add(new CovarianceUpdate(devices.readable(device, update.rows()), update.target()));
    }
    devices.run(device, gpu -> gpu.accumulateCovariances(readable));
  }

  @Override
  public List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    devices.requireOpen();
    return new Decompositions(devices, placement).solve(matrices);
  }

  @Override
  public void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    devices.requireOpen();
    SpreadTensor target = SpreadTensor.of(sum, devices);
    int device = placement.settle(placement.with(rotation, target));
    Rotation there = placement.on(device, rotation);
    ExampleRows readable = devices.readable(device, rows);
    BackendTensor inner = target.copies().changing();
    devices.run(device, gpu -> gpu.accumulateSquares(readable, there, rotateRowsBelow, inner));
  }

  @Override
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    devices.requireOpen();
    SpreadTensor[] ours =
        weights.stream().map(w -> SpreadTensor.of(w, devices)).toArray(SpreadTensor[]::new);
    int device = placement.settle(placement.with(rotation, ours));
    Rotation there = placement.on(device, rotation);
    ExampleRows readable = devices.readable(device, rows);
    List<BackendTensor> inner = weights.stream().map(w -> placement.on(device, w)).toList();
    return devices.on(device, gpu -> gpu.weightedSquares(readable, there, rotateRowsBelow, inner));
  }

  @Override
  public void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    devices.requireOpen();
    SpreadTensor target = SpreadTensor.of(gradients, devices);
    int device = placement.settle(placement.with(rotation, target));
    Rotation there = placement.on(device, rotation);
    ExampleRows readable = devices.readable(device, rows);
    BackendTensor inner = target.copies().changing();
    devices.run(
        device, gpu -> gpu.accumulateGradients(readable, there, rotateRowsBelow, targets, inner));
  }

  @Override
  public QueryFactors.Dense precondition(
      BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    int device = queriesDevice(rotated, weights, rotation);
    BackendTensor from = placement.on(device, rotated);
    BackendTensor weight = placement.on(device, weights);
    Rotation there = placement.on(device, rotation);
    QueryFactors.Dense made = devices.on(device, gpu -> gpu.precondition(from, weight, there));
    return new QueryFactors.Dense(placement.made(device, made.values()));
  }

  @Override
  public QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    int device = queriesDevice(rotated, weights, rotation);
    BackendTensor from = placement.on(device, rotated);
    BackendTensor weight = placement.on(device, weights);
    Rotation there = placement.on(device, rotation);
    QueryFactors.LowRank made =
        devices.on(device, gpu -> gpu.preconditionLowRank(from, weight, there, truncation));
    return new QueryFactors.LowRank(
        placement.made(device, made.left()),
        placement.made(device, made.right()),
        made.residuals());
  }

  private int queriesDevice(BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    devices.requireOpen();
    SpreadTensor weight = SpreadTensor.of(weights, devices);
    return placement.settle(placement.with(rotation, weight, SpreadTensor.of(rotated, devices)));
  }

  @Override
  public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    devices.requireOpen();
    int device = placement.settle(placement.of(queries));
    QueryFactors there = placement.on(device, queries);
    ExampleRows readable = devices.readable(device, rows);
    return devices.on(device, gpu -> gpu.score(readable, there, withoutGradientBelow));
  }

  @Override
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    devices.requireOpen();
    int device = placement.settle(placement.of(queries));
    QueryFactors there = placement.on(device, queries);
    ExampleRows readable = devices.readable(device, rows);
    return devices.on(device, gpu -> gpu.scoreRows(readable, there));
  }

  /**
   * On all devices; besides, that they have unequal shares: up to the largest covariance with its
   * eigenvectors, and the weights of a layer, on each.
   */
  @Override
  public long workBytes(int inputs, int outputs, @Nullable Truncation truncation) {
    long side = Math.max(inputs, outputs);
    long spare = Double.BYTES * (2 * side * side + (long) inputs * outputs);
    return devices.sum(gpu -> gpu.workBytes(inputs, outputs, truncation)) + devices.count() * spare;
  }

  @Override
  public long eigendecompositionBytes(int dimension) {
    long spare = 2L * Double.BYTES * dimension * dimension;
    return devices.sum(gpu -> gpu.eigendecompositionBytes(dimension)) + devices.count() * spare;
  }

  @Override
  public long peakMemory() {
    return devices.sum(ComputeBackend::peakMemory);
  }

  @Override
  public void close() {
    owned.close();
  }
}
