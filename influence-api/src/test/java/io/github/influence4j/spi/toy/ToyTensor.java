/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.toy;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.support.BackendOperations;
import io.github.influence4j.spi.support.OwnedTensor;

/** A tensor in a Java array, which the garbage collector frees. */
final class ToyTensor extends OwnedTensor<ToyBackend> {
  final double[] values;

  ToyTensor(ToyBackend backend, BackendOperations operations, double[] values, long... shape) {
    super(backend, operations, () -> {}, ElementType.F64, shape);
    this.values = values;
  }

  @Override
  public double[] toDoubles() {
    requireOpen();
    return values.clone();
  }
}
