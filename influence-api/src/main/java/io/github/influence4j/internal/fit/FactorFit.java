/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.internal.range.OutOfRange;
import io.github.influence4j.internal.range.ScaledRows;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One side of one group of a layer: its covariance, then its eigenbasis. */
final class FactorFit implements AutoCloseable {
  private final ComputeBackend backend;
  private final int[] offsets;
  private final String layer;
  private final SpareMemory spare;

  /** By the exponents of the rows that were added to each. */
  private final NavigableMap<Integer, CovarianceAccumulator> bands = new TreeMap<>();

  private final List<FactorBlock> blocks = new ArrayList<>();
  private final List<BackendTensor> vectors = new ArrayList<>();
  private @Nullable Basis basis;

  FactorFit(ComputeBackend backend, int[] offsets, String layer, SpareMemory spare) {
    this.backend = backend;
    this.offsets = offsets;
    this.layer = layer;
    this.spare = spare;
    bands.put(0, backend.covariance(offsets));
  }

  List<CovarianceUpdate> updates(Rows rows) {
    List<CovarianceUpdate> updates = new ArrayList<>();
    for (ScaledRows part : ScaledRows.bands(backend, rows)) {
      updates.add(new CovarianceUpdate(part.rows(), band(part.exponent())));
    }
    return updates;
  }

  private CovarianceAccumulator band(int exponent) {
    return bands.computeIfAbsent(
        exponent,
        e -> {
          spare.take(layer, bytes());
          return backend.covariance(offsets);
        });
  }

  /** Of one accumulator: a float64 sum, and in F32 a float32 part beside it. */
  private long bytes() {
    boolean narrow = backend.description().precision() == Precision.F32;
    long bytes = 0;
    for (int b = 0; b + 1 < offsets.length; b++) {
      long side = (long) offsets[b + 1] - offsets[b];
      bytes += side * side * (narrow ? Double.BYTES + Float.BYTES : Double.BYTES);
    }
    return bytes;
  }

  /** How many blocks there are. */
  int matrices() {
    return offsets.length - 1;
  }

  /** Reads the blocks, each once, and checks that their means are finite. */
  List<MeanCovariance> means(long rows, String side) {
    List<MeanCovariance> means = new ArrayList<>();
    for (int b = 0; b + 1 < offsets.length; b++) {
      int d = offsets[b + 1] - offsets[b];
      Sum sum = sum(b);
      TensorView stored = TensorView.immutable(ElementType.F64, sum.values, d, d);
      double[] mean = sum.values;
      for (int i = 0; i < d; i++) {
        for (int j = 0; j <= i; j++) {
          double value = (mean[i * d + j] + mean[j * d + i]) * 0.5 / rows;
          if (!Double.isFinite(value)) {
            throw OutOfRange.overflow(layer, name(side, b, i, j), value);
          }
          mean[i * d + j] = value;
          mean[j * d + i] = value;
        }
      }
      // What is not 0 in the units of the bands must not be 0 in those of the data.
      if (!sum.zero && Exponents.ofLargest(mean) < Double.MIN_EXPONENT) {
        throw OutOfRange.underflow(layer, name(side, b, 0, 0));
      }
      means.add(new MeanCovariance(layer, stored, mean));
    }
    return means;
  }

  private String name(String side, int block, int i, int j) {
    return String.format(
        Locale.ROOT,
        "the %s covariance of features %d and %d is",
        side,
        offsets[block] + i,
        offsets[block] + j);
  }

  /**
   * One block of the sum over all rows.
   *
   * @param zero whether it is 0 in the units of each band
   */
  private record Sum(double[] values, boolean zero) {}

  private Sum sum(int block) {
    double[] sum = null;
    boolean zero = true;
    for (Map.Entry<Integer, CovarianceAccumulator> band : bands.entrySet()) {
      double[] more = band.getValue().sum(block);
      zero &= Exponents.ofLargest(more) == Exponents.OF_ZERO;
      Exponents.scale(more, 2 * band.getKey());
      if (sum == null) {
        sum = more;
      } else {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += more[i];
        }
      }
    }
    return new Sum(Objects.requireNonNull(sum), zero);
  }

  /** Takes what its blocks were decomposed to, from {@code next} on; returns where others begin. */
  int setEigen(List<Decomposition> results, int next) {
    // Of an attempt that was cancelled or ran out of memory.
    vectors.forEach(BackendTensor::close);
    vectors.clear();
    blocks.clear();
    ElementType type = backend.description().precision().type();
    for (int b = 0; b + 1 < offsets.length; b++) {
      Decomposition result = results.get(next++);
      SymmetricEigen eigen = result.eigen();
      vectors.add(eigen.vectors());
      double[] values = eigen.values().clone();
      int d = values.length;
      for (int i = 0; i < d; i++) {
        values[i] = Math.max(0, values[i]);
      }
      blocks.add(
          new FactorBlock(
              result.sum(),
              TensorView.immutable(ElementType.F64, values, d),
              TensorView.immutable(type, eigen.vectors().toDoubles(), d, d)));
    }
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
    bands.values().forEach(CovarianceAccumulator::close);
    vectors.forEach(BackendTensor::close);
  }
}
