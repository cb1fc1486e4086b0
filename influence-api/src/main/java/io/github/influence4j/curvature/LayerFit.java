/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.planning.CostModel;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The accumulators of one layer, on the backend. */
final class LayerFit implements AutoCloseable {
  private final ComputeBackend backend;
  private final LayerSpec layer;
  private final CurvatureStrategy strategy;

  /** The layer whose activation factors this one shares, or null. */
  private final @Nullable LayerFit owner;

  private final List<FactorFit> activations = new ArrayList<>();
  private final List<FactorFit> gradients = new ArrayList<>();
  private final List<BackendTensor> squares = new ArrayList<>();
  private final int rotateRowsBelow;
  private long rows;

  LayerFit(
      ComputeBackend backend,
      LayerSpec layer,
      CurvatureStrategy strategy,
      @Nullable LayerFit owner) {
    this.backend = backend;
    this.layer = layer;
    this.strategy = strategy;
    this.owner = owner;
    int outputs = layer.outputs() / layer.groups();
    rotateRowsBelow =
        new CostModel(layer.gradientColumns(), outputs, strategy.blocks()).rotateRowsBelow();
  }

  /** Makes the accumulators; after a failure {@link #close} frees those that were made. */
  void allocate() {
    int outputs = layer.outputs() / layer.groups();
    for (int g = 0; g < layer.groups(); g++) {
      if (strategy.factored() && owner == null) {
        activations.add(new FactorFit(backend, layer.gradientColumns(), strategy.blocks()));
      }
      if (strategy.factored()) {
        gradients.add(new FactorFit(backend, outputs, strategy.blocks()));
      }
      if (strategy.corrected()) {
        squares.add(backend.accumulator(outputs, layer.gradientColumns()));
      }
    }
  }

  List<CovarianceUpdate> covarianceUpdates(List<ExampleRows> parts) {
    List<CovarianceUpdate> updates = new ArrayList<>();
    for (int g = 0; g < parts.size(); g++) {
      if (owner == null) {
        updates.add(activations.get(g).update(parts.get(g).activations()));
      }
      updates.add(gradients.get(g).update(parts.get(g).gradients()));
    }
    return updates;
  }

  void countRows(List<ExampleRows> parts) {
    rows += parts.get(0).activations().rows();
  }

  /** How many {@link #meanCovariances} there are. */
  int matrices() {
    return Stream.concat(activations.stream(), gradients.stream())
        .mapToInt(FactorFit::matrices)
        .sum();
  }

  List<double[]> meanCovariances() {
    if (rows == 0) {
      throw new IllegalStateException(
          "Layer \"" + layer.name() + "\": every row so far was masked; nothing to decompose.");
    }
    List<double[]> matrices = new ArrayList<>();
    for (FactorFit factor : activations) {
      matrices.addAll(factor.means(rows, layer.name(), "activation"));
    }
    for (FactorFit factor : gradients) {
      matrices.addAll(factor.means(rows, layer.name(), "gradient"));
    }
    return matrices;
  }

  int setEigen(List<SymmetricEigen> results, int next) {
    for (FactorFit factor : activations) {
      next = factor.setEigen(results, next);
    }
    for (FactorFit factor : gradients) {
      next = factor.setEigen(results, next);
    }
    return next;
  }

  void addSquares(List<ExampleRows> parts) {
    for (int g = 0; g < parts.size(); g++) {
      backend.accumulateSquares(parts.get(g), rotation(g), rotateRowsBelow, squares.get(g));
    }
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
        BackendTensor tensor = squares.get(g);
        double[] values = tensor.toDoubles();
        for (int i = 0; i < values.length; i++) {
          if (!Double.isFinite(values[i])) {
            throw new ArithmeticException(
                "Layer \""
                    + layer.name()
                    + "\": a sum of squared gradients is "
                    + values[i]
                    + "; the data overflow, scale the loss down or compute in F64.");
          }
        }
        sum = TensorView.immutable(ElementType.F64, values, tensor.shape());
      }
      parts.add(
          strategy.factored()
              ? new PartFactors(activationFactors().get(g).blocks(), gradients.get(g).blocks(), sum)
              : new PartFactors(List.of(), List.of(), sum));
    }
    return new LayerFactors(layer, rows, covarianceExamples, squaresExamples, parts);
  }

  @Override
  public void close() {
    activations.forEach(FactorFit::close);
    gradients.forEach(FactorFit::close);
    squares.forEach(BackendTensor::close);
  }
}
