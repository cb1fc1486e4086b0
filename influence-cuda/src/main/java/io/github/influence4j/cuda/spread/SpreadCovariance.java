/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.support.OwnedCovariance;

/** A covariance on one of the devices. */
final class SpreadCovariance extends OwnedCovariance<Devices> {
  private final CovarianceAccumulator inner;
  private final int device;

  private SpreadCovariance(
      Devices devices, Runnable free, int device, CovarianceAccumulator inner) {
    super(devices, devices.operations(), free, inner.blockOffsets());
    this.inner = inner;
    this.device = device;
  }

  /** An empty one, on the device that has least of them. */
  static SpreadCovariance zeros(Devices devices, Shares shares, int... blockOffsets) {
    long cost = elementsBefore(blockOffsets.length - 1, blockOffsets);
    int device = shares.takeLeast(cost);
    try {
      CovarianceAccumulator inner = devices.on(device, gpu -> gpu.covariance(blockOffsets));
      Runnable free =
          () -> {
            shares.give(device, cost);
            inner.close();
          };
      return new SpreadCovariance(devices, free, device, inner);
    } catch (RuntimeException | Error e) {
      shares.give(device, cost);
      throw e;
    }
  }

  /** The one that a caller handed in. */
  static SpreadCovariance of(CovarianceAccumulator given, Devices devices) {
    return of(given, SpreadCovariance.class, devices);
  }

  int device() {
    return device;
  }

  /** That of the device's backend. */
  CovarianceAccumulator inner() {
    return inner;
  }

  @Override
  public double[] sum(int block) {
    requireOpen();
    return backend().on(device, gpu -> inner.sum(block));
  }
}
