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
import io.github.influence4j.store.FactorKeys.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Factors with random numbers of the right kind and shape. */
final class RandomFactors {
  static final long ROWS = 40;
  static final long COVARIANCE_EXAMPLES = 20;
  static final long SQUARES_EXAMPLES = 30;

  private final Random random;
  private final CurvatureStrategy strategy;
  private final ElementType precision;
  private final Map<String, List<FactorBlock>> shared = new HashMap<>();

  RandomFactors(Random random, CurvatureStrategy strategy, ElementType precision) {
    this.random = random;
    this.strategy = strategy;
    this.precision = precision;
  }

  FittedCurvature fit(List<LayerSpec> layers) {
    shared.clear();
    return new FittedCurvature(strategy, layers.stream().map(this::factors).toList());
  }

  private LayerFactors factors(LayerSpec layer) {
    String owner = layer.inputOf() == null ? layer.name() : layer.inputOf();
    List<PartFactors> parts = new ArrayList<>();
    for (int group = 0; group < layer.groups(); group++) {
      parts.add(
          new PartFactors(
              strategy.factored()
                  ? shared.computeIfAbsent(
                      owner + "|" + group, key -> blocks(layer, Side.ACTIVATION))
                  : List.of(),
              strategy.factored() ? blocks(layer, Side.GRADIENT) : List.of(),
              strategy.corrected()
                  ? positive(layer.outputs() / layer.groups(), layer.gradientColumns())
                  : null));
    }
    return new LayerFactors(
        layer,
        strategy.factored() ? ROWS : 0,
        strategy.factored() ? COVARIANCE_EXAMPLES : 0,
        strategy.corrected() ? SQUARES_EXAMPLES : 0,
        parts);
  }

  private List<FactorBlock> blocks(LayerSpec layer, Side side) {
    List<FactorBlock> blocks = new ArrayList<>();
    for (int b = 0; b < side.blocks(layer, strategy); b++) {
      int d = side.blockDimension(layer, strategy, b);
      blocks.add(new FactorBlock(covariance(d), positive(d), reflection(d)));
    }
    return blocks;
  }

  private TensorView positive(long... shape) {
    TensorView tensor = TensorView.allocate(ElementType.F64, shape);
    for (int i = 0; i < tensor.elements(); i++) {
      tensor.set(i, random.nextDouble());
    }
    return tensor;
  }

  private TensorView covariance(int d) {
    TensorView matrix = positive(d, d);
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < i; j++) {
        matrix.set(i * d + j, matrix.get(j * d + i));
      }
    }
    return matrix;
  }

  /** {@code I − 2vvᵀ/|v|²}, which is orthogonal. */
  private TensorView reflection(int d) {
    double[] v = random.doubles(d, 0.1, 1).toArray();
    double squared = 0;
    for (double x : v) {
      squared += x * x;
    }
    TensorView matrix = TensorView.allocate(precision, d, d);
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        matrix.set(i * d + j, (i == j ? 1 : 0) - 2 * v[i] * v[j] / squared);
      }
    }
    return matrix;
  }
}
