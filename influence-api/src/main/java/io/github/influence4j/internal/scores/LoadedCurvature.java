/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rotation;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** Some layers of a fitted curvature on the backend. Shared factors are loaded once. */
final class LoadedCurvature implements AutoCloseable {
  private final ComputeBackend backend;
  private final FittedCurvature curvature;
  private final IdentityHashMap<FactorBlock, BackendTensor> vectors = new IdentityHashMap<>();
  private final List<BackendTensor> weights = new ArrayList<>();
  private final List<LoadedPart> parts = new ArrayList<>();

  LoadedCurvature(ScoringSetup setup, List<LayerSpec> layers, List<Damping> dampings) {
    this.backend = setup.backend();
    this.curvature = setup.curvature();
    try {
      for (LayerSpec layer : layers) {
        load(layer, setup.cost(layer), dampings);
      }
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /** Layer after layer, one a group. */
  List<LoadedPart> parts() {
    return parts;
  }

  private void load(LayerSpec layer, LayerCost cost, List<Damping> dampings) {
    List<PartFactors> factors = curvature.factors(layer.name()).parts();
    int outputs = cost.model().outputs();
    int inputs = cost.model().inputs();
    List<List<BackendTensor>> byPart = new ArrayList<>();
    factors.forEach(part -> byPart.add(new ArrayList<>()));
    int[][] exponents = new int[byPart.size()][dampings.size()];
    double[] eigenvalues = curvature.eigenvalues(layer.name());
    for (int d = 0; d < dampings.size(); d++) {
      List<double[]> reciprocals = curvature.reciprocals(layer.name(), dampings.get(d));
      for (int g = 0; g < byPart.size(); g++) {
        double[] weight = reciprocals.get(g);
        WeightRange range = new WeightRange(weight, eigenvalues, g * weight.length);
        exponents[g][d] =
            range.exponent(layer.name(), dampings.get(d), backend.description().precision());
        Exponents.scale(weight, -exponents[g][d]);
        BackendTensor tensor = backend.upload(TensorView.of(weight, outputs, inputs));
        weights.add(tensor);
        byPart.get(g).add(tensor);
      }
    }
    for (int g = 0; g < byPart.size(); g++) {
      PartFactors part = factors.get(g);
      Rotation rotation =
          curvature.strategy().factored()
              ? new Rotation(basis(inputs, part.activations()), basis(outputs, part.gradients()))
              : Rotation.identity(outputs, inputs);
      parts.add(new LoadedPart(cost, rotation, byPart.get(g), exponents[g]));
    }
  }

  private Basis basis(int dimension, List<FactorBlock> blocks) {
    List<BackendTensor> tensors = new ArrayList<>();
    for (FactorBlock block : blocks) {
      tensors.add(vectors.computeIfAbsent(block, b -> backend.upload(b.eigenvectors())));
    }
    return new Basis(dimension, tensors);
  }

  @Override
  public void close() {
    vectors.values().forEach(BackendTensor::close);
    weights.forEach(BackendTensor::close);
  }
}
