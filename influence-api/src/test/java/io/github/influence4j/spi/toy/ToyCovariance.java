/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.toy;

import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.support.BackendOperations;
import io.github.influence4j.spi.support.OwnedCovariance;
import java.util.Arrays;

/** Row after row. */
final class ToyCovariance extends OwnedCovariance<ToyBackend> {
  private final double[] sums;

  ToyCovariance(ToyBackend backend, BackendOperations operations, int... offsets) {
    super(backend, operations, () -> {}, offsets);
    this.sums = new double[(int) elementsBefore(blocks())];
  }

  void add(Rows x) {
    for (int row = 0; row < x.rows(); row++) {
      for (int b = 0; b < blocks(); b++) {
        int at = (int) elementsBefore(b);
        for (int i = 0; i < dimension(b); i++) {
          for (int j = 0; j < dimension(b); j++) {
            sums[at++] += x.get(row, first(b) + i) * x.get(row, first(b) + j);
          }
        }
      }
    }
  }

  @Override
  public double[] sum(int block) {
    requireOpen();
    return Arrays.copyOfRange(sums, (int) elementsBefore(block), (int) elementsBefore(block + 1));
  }
}
