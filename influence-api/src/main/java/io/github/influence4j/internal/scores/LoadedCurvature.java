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
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rotation;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A fitted curvature, of which those layers lie on the backend that were asked for last and those
 * that the plan has room for besides. Shared factors are loaded once.
 *
 * @param backend borrowed
 * @param curvature what is loaded
 * @param numbers of its blocks
 * @param tensors what is on the backend
 */
record LoadedCurvature(
    ComputeBackend backend,
    FittedCurvature curvature,
    IdentityHashMap<FactorBlock, Integer> numbers,
    LoadedTensors tensors) {

  static LoadedCurvature of(
      ComputeBackend backend, FittedCurvature curvature, LoadedTensors tensors) {
    IdentityHashMap<FactorBlock, Integer> numbers = new IdentityHashMap<>();
    for (LayerSpec layer : curvature.layers()) {
      blocks(curvature, layer.name()).forEach(block -> numbers.putIfAbsent(block, numbers.size()));
    }
    return new LoadedCurvature(backend, curvature, numbers, tensors);
  }

  /**
   * Frees what a plan has no room for, then loads what a pass lacks.
   *
   * @param layers of the pass, with what operations on them cost
   * @param planned those and what else may stay loaded
   * @param wanted the dampings
   * @return layer after layer, one a group; valid until the next call
   */
  List<LoadedPart> load(List<LayerCost> layers, List<LayerCost> planned, List<Damping> wanted) {
    Set<String> names = planned.stream().map(LayerCost::layer).collect(Collectors.toSet());
    Set<Integer> blocks =
        names.stream()
            .flatMap(name -> blocks(curvature, name))
            .map(this::number)
            .collect(Collectors.toSet());
    tensors.keepOnly(names, blocks, wanted);
    List<LoadedPart> all = new ArrayList<>();
    for (LayerCost layer : layers) {
      all.addAll(tensors.parts(layer.layer(), () -> load(layer, wanted)));
    }
    return all;
  }

  private static Stream<FactorBlock> blocks(FittedCurvature curvature, String layer) {
    return curvature.factors(layer).parts().stream()
        .flatMap(part -> Stream.concat(part.activations().stream(), part.gradients().stream()));
  }

  private int number(FactorBlock block) {
    return Objects.requireNonNull(numbers.get(block));
  }

  private List<LoadedPart> load(LayerCost layer, List<Damping> dampings) {
    String name = layer.layer();
    List<PartFactors> factors = curvature.factors(name).parts();
    double[] eigenvalues = curvature.eigenvalues(name);
    List<List<BackendTensor>> weights = new ArrayList<>();
    factors.forEach(part -> weights.add(new ArrayList<>()));
    int[][] exponents = new int[factors.size()][dampings.size()];
    List<LoadedPart> loaded = new ArrayList<>();
    try {
      for (int d = 0; d < dampings.size(); d++) {
        Damping damping = dampings.get(d);
        List<double[]> reciprocals = curvature.reciprocals(name, damping);
        for (int g = 0; g < factors.size(); g++) {
          double[] weight = reciprocals.get(g);
          WeightRange range = new WeightRange(weight, eigenvalues, g * weight.length);
          exponents[g][d] = range.exponent(name, damping, backend.description().precision());
          Exponents.scale(weight, -exponents[g][d]);
          CostModel model = layer.model();
          TensorView host = TensorView.of(weight, model.outputs(), model.inputs());
          weights.get(g).add(backend.upload(host));
        }
      }
      for (int g = 0; g < factors.size(); g++) {
        Rotation rotation = rotation(layer.model(), factors.get(g));
        loaded.add(new LoadedPart(layer, rotation, weights.get(g), exponents[g]));
      }
    } catch (RuntimeException | Error failure) {
      weights.forEach(some -> some.forEach(BackendTensor::close));
      throw failure;
    }
    return loaded;
  }

  private Rotation rotation(CostModel model, PartFactors part) {
    return curvature.strategy().factored()
        ? new Rotation(
            basis(model.inputs(), part.activations()), basis(model.outputs(), part.gradients()))
        : Rotation.identity(model.outputs(), model.inputs());
  }

  private Basis basis(int dimension, List<FactorBlock> blocks) {
    List<BackendTensor> loaded = new ArrayList<>();
    for (FactorBlock block : blocks) {
      loaded.add(tensors.vectors(number(block), () -> backend.upload(block.eigenvectors())));
    }
    return new Basis(dimension, loaded);
  }
}
