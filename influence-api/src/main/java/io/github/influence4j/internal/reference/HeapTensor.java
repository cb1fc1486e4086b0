/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import io.github.influence4j.spi.BackendTensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A tensor in a Java array. */
final class HeapTensor implements BackendTensor {
  private final long[] shape;
  private double @Nullable [] values;

  HeapTensor(double[] values, long... shape) {
    this.values = values;
    this.shape = shape.clone();
  }

  static HeapTensor zeros(long... shape) {
    long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    return new HeapTensor(new double[Math.toIntExact(size)], shape);
  }

  /** The array itself. */
  double[] values() {
    if (values == null) {
      throw new IllegalStateException("BackendTensor already closed");
    }
    return values;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public double[] toDoubles() {
    return values().clone();
  }

  @Override
  public void close() {
    values = null;
  }
}
