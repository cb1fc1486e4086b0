/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** Small helpers for tensors in tests. */
final class Tensors {
  private Tensors() {}

  /** Standard normal numbers. */
  static TensorView random(long seed, long... shape) {
    int size = 1;
    for (long side : shape) {
      size *= (int) side;
    }
    Random random = new Random(seed);
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextGaussian();
    }
    return TensorView.of(values, shape);
  }

  static double[] read(Path file, String name) throws IOException {
    try (Safetensors tensors = Safetensors.open(file)) {
      return tensors.tensor(name).toDoubles();
    }
  }

  /** max|a−b| / max|b|. */
  static double distance(double[] a, double[] b) {
    if (a.length != b.length) {
      return Double.POSITIVE_INFINITY;
    }
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      difference = Math.max(difference, Double.isNaN(a[i]) ? 1 / 0.0 : Math.abs(a[i] - b[i]));
      largest = Math.max(largest, Math.abs(b[i]));
    }
    return difference / largest;
  }
}
