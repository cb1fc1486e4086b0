/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.support.OwnedTensor;

/** A tensor of several devices. */
final class SpreadTensor extends OwnedTensor<Devices> {
  private final Copies copies;

  SpreadTensor(Devices devices, Copies copies, ElementType type, long... shape) {
    super(devices, devices.operations(), copies::close, type, shape);
    this.copies = copies;
  }

  /** The one that a caller handed in. */
  static SpreadTensor of(BackendTensor given, Devices devices) {
    return of(given, SpreadTensor.class, devices);
  }

  Copies copies() {
    return copies;
  }

  @Override
  public double[] toDoubles() {
    requireOpen();
    return copies.toDoubles();
  }
}
