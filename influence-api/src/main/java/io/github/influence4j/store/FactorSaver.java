/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.internal.rows.ModelLayers;
import io.github.influence4j.store.FactorKeys.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns a fitted curvature into named tensors. */
final class FactorSaver {
  private final FittedCurvature curvature;
  private final CurvatureStrategy strategy;
  private final SafetensorsWriter writer = Safetensors.writer();

  FactorSaver(FittedCurvature curvature) {
    this.curvature = curvature;
    this.strategy = curvature.strategy();
    ModelLayers.checked(curvature.layers());
  }

  void save(Path file) throws IOException {
    FactorMetadata.write(curvature, writer);
    for (LayerSpec layer : curvature.layers()) {
      LayerFactors factors = curvature.factors(layer.name());
      if (strategy.factored()) {
        addCovariances(layer, factors);
      }
      if (strategy.corrected()) {
        FactorKeys keys = new FactorKeys(layer);
        addCount(keys.squaresExamples(), factors.squaresExamples());
        addTensor(keys.squares(), squares(layer, factors), FactorValues::finiteNotNegative);
      }
    }
    writer.withChecksums().write(file);
  }

  private void addCovariances(LayerSpec layer, LayerFactors factors) {
    FactorKeys keys = new FactorKeys(layer);
    addCount(keys.covarianceExamples(), factors.covarianceExamples());
    addCount(keys.rows(Side.GRADIENT), factors.rows());
    if (layer.inputOf() == null) {
      addCount(keys.rows(Side.ACTIVATION), factors.rows());
    }
    for (int group = 0; group < layer.groups(); group++) {
      PartFactors part = factors.parts().get(group);
      addBlocks(layer, Side.GRADIENT, group, part.gradients());
      if (layer.inputOf() == null) {
        addBlocks(layer, Side.ACTIVATION, group, part.activations());
      } else {
        requireShared(layer, group, part.activations());
      }
    }
  }

  private void addBlocks(LayerSpec layer, Side side, int group, List<FactorBlock> blocks) {
    FactorKeys keys = new FactorKeys(layer);
    int count = blocks.size();
    for (int b = 0; b < count; b++) {
      FactorBlock block = blocks.get(b);
      addTensor(
          keys.block(side, "covariance", group, b, count),
          block.covariance(),
          FactorValues::symmetric);
      addTensor(
          keys.block(side, "eigenvalues", group, b, count),
          block.eigenvalues(),
          FactorValues::finiteNotNegative);
      addTensor(
          keys.block(side, "eigenvectors", group, b, count),
          block.eigenvectors(),
          FactorValues::orthonormal);
    }
  }

  private void requireShared(LayerSpec layer, int group, List<FactorBlock> blocks) {
    LayerFactors owner = curvature.factors(Objects.requireNonNull(layer.inputOf()));
    if (!owner.parts().get(group).activations().equals(blocks)) {
      throw new IllegalArgumentException(
          "Layer \""
              + layer.name()
              + "\" shares the input of \""
              + layer.inputOf()
              + "\" but has other activation factors; use those of \""
              + layer.inputOf()
              + "\" for both.");
    }
  }

  /** All groups on top of each other, [P, M]. */
  private static TensorView squares(LayerSpec layer, LayerFactors factors) {
    List<PartFactors> parts = factors.parts();
    if (parts.size() == 1) {
      return Objects.requireNonNull(parts.get(0).squares());
    }
    TensorView all = TensorView.allocate(ElementType.F64, layer.outputs(), layer.gradientColumns());
    int next = 0;
    for (PartFactors part : parts) {
      TensorView squares = Objects.requireNonNull(part.squares());
      for (int i = 0; i < squares.elements(); i++) {
        all.set(next++, squares.get(i));
      }
    }
    return all;
  }

  private void addCount(String key, long count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "\"" + key + "\" is " + count + ", expected at least 1; nothing was saved.");
    }
    writer.add(key, new long[] {count}, 1);
  }

  private void addTensor(
      String key, TensorView tensor, Function<TensorView, @Nullable String> check) {
    String problem = check.apply(tensor);
    if (problem != null) {
      throw new IllegalArgumentException("\"" + key + "\" " + problem + "; nothing was saved.");
    }
    writer.add(key, tensor);
  }
}
