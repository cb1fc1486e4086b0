/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One side of one group of a layer: its covariance, then its eigenbasis. */
final class FactorFit implements AutoCloseable {
  private final ComputeBackend backend;
  private final CovarianceAccumulator covariance;
  private final List<FactorBlock> blocks = new ArrayList<>();
  private final List<BackendTensor> vectors = new ArrayList<>();
  private @Nullable Basis basis;

  FactorFit(ComputeBackend backend, int dimension, int blocks) {
    this.backend = backend;
    this.covariance = backend.covariance(BlockPartition.offsets(dimension, blocks));
  }

  CovarianceUpdate update(Rows rows) {
    return new CovarianceUpdate(rows, covariance);
  }

  /** How many blocks there are. */
  int matrices() {
    return covariance.blockOffsets().length - 1;
  }

  /** The blocks of the mean over rows, checked to be finite and symmetric to the last bit. */
  List<double[]> means(long rows, String layer, String side) {
    List<double[]> means = new ArrayList<>();
    for (int b = 0; b + 1 < covariance.blockOffsets().length; b++) {
      double[] mean = covariance.sum(b);
      int d = covariance.blockOffsets()[b + 1] - covariance.blockOffsets()[b];
      for (int i = 0; i < d; i++) {
        for (int j = 0; j <= i; j++) {
          double value = (mean[i * d + j] + mean[j * d + i]) * 0.5 / rows;
          if (!Double.isFinite(value)) {
            throw new ArithmeticException(
                "Layer \""
                    + layer
                    + "\": the "
                    + side
                    + " covariance of features "
                    + (covariance.blockOffsets()[b] + i)
                    + " and "
                    + (covariance.blockOffsets()[b] + j)
                    + " is "
                    + value
                    + "; the data overflow, scale the loss down or compute in F64.");
          }
          mean[i * d + j] = value;
          mean[j * d + i] = value;
        }
      }
      means.add(mean);
    }
    return means;
  }

  int setEigen(List<SymmetricEigen> results, int next) {
    // Of an attempt that was cancelled or ran out of memory.
    vectors.forEach(BackendTensor::close);
    vectors.clear();
    blocks.clear();
    ElementType type = backend.description().precision().type();
    for (int b = 0; b + 1 < covariance.blockOffsets().length; b++) {
      SymmetricEigen eigen = results.get(next++);
      int d = eigen.dimension();
      double[] values = eigen.values().clone();
      for (int i = 0; i < d; i++) {
        values[i] = Math.max(0, values[i]);
      }
      TensorView stored = TensorView.immutable(type, eigen.vectors(), d, d);
      blocks.add(
          new FactorBlock(
              TensorView.immutable(ElementType.F64, covariance.sum(b), d, d),
              TensorView.immutable(ElementType.F64, values, d),
              stored));
      vectors.add(backend.upload(stored));
    }
    int[] offsets = covariance.blockOffsets();
    basis = new Basis(offsets[offsets.length - 1], vectors);
    return next;
  }

  Basis basis() {
    return Objects.requireNonNull(basis);
  }

  List<FactorBlock> blocks() {
    return blocks;
  }

  @Override
  public void close() {
    covariance.close();
    vectors.forEach(BackendTensor::close);
  }
}
