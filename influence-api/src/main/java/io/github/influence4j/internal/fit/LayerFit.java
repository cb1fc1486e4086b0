/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.internal.range.OutOfRange;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The accumulators of one layer, on the backend. */
final class LayerFit implements AutoCloseable {
  private final ComputeBackend backend;
  private final LayerSpec layer;
  private final CurvatureStrategy strategy;
  private final SpareMemory spare;

  /** The layer whose activation factors this one shares, or null. */
  private final @Nullable LayerFit owner;

  private final List<FactorFit> activations = new ArrayList<>();
  private final List<FactorFit> gradients = new ArrayList<>();

  /** Of each group, by the exponents of the gradients whose squares were added to each. */
  private final List<NavigableMap<Integer, BackendTensor>> squares = new ArrayList<>();

  private final int rotateRowsBelow;
  private long rows;
  private long storedValues;

  LayerFit(
      ComputeBackend backend,
      LayerSpec layer,
      CurvatureStrategy strategy,
      @Nullable LayerFit owner,
      SpareMemory spare) {
    this.backend = backend;
    this.layer = layer;
    this.strategy = strategy;
    this.owner = owner;
    this.spare = spare;
    int outputs = layer.outputs() / layer.groups();
    rotateRowsBelow =
        new CostModel(layer.gradientColumns(), outputs, strategy.blocks()).rotateRowsBelow();
  }

  /** Makes the accumulators; after a failure {@link #close} frees those that were made. */
  void allocate() {
    int outputs = layer.outputs() / layer.groups();
    for (int g = 0; g < layer.groups(); g++) {
      if (strategy.factored() && owner == null) {
        activations.add(factor(layer.gradientColumns()));
      }
      if (strategy.factored()) {
        gradients.add(factor(outputs));
      }
      if (strategy.corrected()) {
        squares.add(new TreeMap<>());
        squares.get(g).put(0, backend.accumulator(outputs, layer.gradientColumns()));
      }
    }
  }

  private FactorFit factor(int dimension) {
    return new FactorFit(backend, strategy.blockOffsets(dimension), layer.name(), spare);
  }

  List<CovarianceUpdate> covarianceUpdates(List<ExampleRows> parts) {
    List<CovarianceUpdate> updates = new ArrayList<>();
    for (int g = 0; g < parts.size(); g++) {
      if (owner == null) {
        updates.addAll(activations.get(g).updates(parts.get(g).activations()));
      }
      updates.addAll(gradients.get(g).updates(parts.get(g).gradients()));
    }
    return updates;
  }

  void countRows(List<ExampleRows> parts) {
    rows += parts.get(0).activations().rows();
    storedValues += parts.get(0).activations().data().elements();
  }

  /** How many {@link #meanCovariances} there are. */
  int matrices() {
    return Stream.concat(activations.stream(), gradients.stream())
        .mapToInt(FactorFit::matrices)
        .sum();
  }

  List<MeanCovariance> meanCovariances() {
    if (rows == 0 && storedValues > 0) {
      throw new IllegalStateException(
          "Layer \"" + layer.name() + "\": every row so far was masked; nothing to decompose.");
    }
    // Without a row, such as an expert that never got a token, the sums are 0, and so are the
    // means.
    long counted = Math.max(1, rows);
    List<MeanCovariance> matrices = new ArrayList<>();
    for (FactorFit factor : activations) {
      matrices.addAll(factor.means(counted, "activation"));
    }
    for (FactorFit factor : gradients) {
      matrices.addAll(factor.means(counted, "gradient"));
    }
    return matrices;
  }

  int setEigen(List<Decomposition> results, int next) {
    for (FactorFit factor : activations) {
      next = factor.setEigen(results, next);
    }
    for (FactorFit factor : gradients) {
      next = factor.setEigen(results, next);
    }
    return next;
  }

  /** Makes the accumulators that a batch needs; after that nothing of it is refused. */
  List<Runnable> squaresUpdates(List<ExampleRows> parts) {
    List<Runnable> updates = new ArrayList<>();
    for (int g = 0; g < parts.size(); g++) {
      Rotation rotation = rotation(g);
      for (ScaledExamples.Band band : ScaledExamples.bands(backend, parts.get(g))) {
        BackendTensor sum = squares(g, band.exponent());
        updates.add(() -> backend.accumulateSquares(band.rows(), rotation, rotateRowsBelow, sum));
      }
    }
    return updates;
  }

  private BackendTensor squares(int group, int exponent) {
    int outputs = layer.outputs() / layer.groups();
    return squares
        .get(group)
        .computeIfAbsent(
            exponent,
            e -> {
              spare.take(layer.name(), (long) Double.BYTES * outputs * layer.gradientColumns());
              return backend.accumulator(outputs, layer.gradientColumns());
            });
  }

  private Rotation rotation(int group) {
    if (!strategy.factored()) {
      return Rotation.identity(layer.outputs() / layer.groups(), layer.gradientColumns());
    }
    Basis basis = activationFactors().get(group).basis();
    return new Rotation(basis, gradients.get(group).basis());
  }

  private List<FactorFit> activationFactors() {
    return owner == null ? activations : owner.activations;
  }

  LayerFactors factors(long covarianceExamples, long squaresExamples) {
    List<PartFactors> parts = new ArrayList<>();
    for (int g = 0; g < layer.groups(); g++) {
      TensorView sum = null;
      if (strategy.corrected()) {
        sum =
            TensorView.immutable(
                ElementType.F64,
                sumOfSquares(g),
                layer.outputs() / layer.groups(),
                layer.gradientColumns());
      }
      parts.add(
          strategy.factored()
              ? new PartFactors(activationFactors().get(g).blocks(), gradients.get(g).blocks(), sum)
              : new PartFactors(List.of(), List.of(), sum));
    }
    return new LayerFactors(layer, rows, covarianceExamples, squaresExamples, parts);
  }

  private double[] sumOfSquares(int group) {
    String what = "a sum of squared gradients is";
    double[] sum = new double[layer.outputs() / layer.groups() * layer.gradientColumns()];
    boolean none = true;
    for (Map.Entry<Integer, BackendTensor> band : squares.get(group).entrySet()) {
      double[] more = band.getValue().toDoubles();
      none &= Exponents.ofLargest(more) == Exponents.OF_ZERO;
      Exponents.scale(more, 2 * band.getKey());
      for (int i = 0; i < sum.length; i++) {
        sum[i] += more[i];
        if (!Double.isFinite(sum[i])) {
          throw OutOfRange.overflow(layer.name(), what, sum[i]);
        }
      }
    }
    if (!none && Exponents.ofLargest(sum) < Double.MIN_EXPONENT) {
      throw OutOfRange.underflow(layer.name(), what);
    }
    return sum;
  }

  @Override
  public void close() {
    activations.forEach(FactorFit::close);
    gradients.forEach(FactorFit::close);
    squares.forEach(bands -> bands.values().forEach(BackendTensor::close));
  }
}
