/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.List;

/** {@code C_b += Σ x_b x_bᵀ}, row after row. */
final class HeapCovariance implements CovarianceAccumulator {
  private final int[] offsets;
  private final List<double[]> blocks = new ArrayList<>();
  private volatile boolean closed;

  HeapCovariance(int[] offsets) {
    this.offsets = offsets.clone();
    for (int b = 0; b + 1 < offsets.length; b++) {
      int d = offsets[b + 1] - offsets[b];
      blocks.add(new double[d * d]);
    }
  }

  void add(Rows rows) {
    requireOpen();
    for (int r = 0; r < rows.rows(); r++) {
      for (int b = 0; b < blocks.size(); b++) {
        addRow(rows, r, b);
      }
    }
  }

  private void addRow(Rows rows, int row, int block) {
    int first = offsets[block];
    int d = offsets[block + 1] - first;
    double[] sum = blocks.get(block);
    double[] x = new double[d];
    for (int i = 0; i < d; i++) {
      x[i] = rows.get(row, first + i);
    }
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        sum[i * d + j] += x[i] * x[j];
      }
    }
  }

  @Override
  public int[] blockOffsets() {
    return offsets.clone();
  }

  @Override
  public double[] sum(int block) {
    requireOpen();
    return blocks.get(block).clone();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("CovarianceAccumulator already closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    blocks.clear();
  }
}
