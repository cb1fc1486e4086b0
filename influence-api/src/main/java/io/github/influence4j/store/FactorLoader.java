/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.store.FactorKeys.Side;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns named tensors into a fitted curvature, believing none of them unseen. */
final class FactorLoader {
  private static final Set<DType> MASTER = EnumSet.of(DType.F64);
  private static final Set<DType> COMPUTE = EnumSet.of(DType.F32, DType.F64);
  private static final Set<DType> COUNT = EnumSet.of(DType.I64);

  private final Safetensors tensors;
  private final VerifiedTensors checksums;
  private final CurvatureStrategy strategy;
  private final List<LayerSpec> layers;

  /** Activation factors by group, of each layer that others may share. */
  private final Map<String, List<List<FactorBlock>>> activations = new HashMap<>();

  FactorLoader(
      Safetensors tensors,
      VerifiedTensors checksums,
      CurvatureStrategy strategy,
      List<LayerSpec> layers) {
    this.tensors = tensors;
    this.checksums = checksums;
    this.strategy = strategy;
    this.layers = layers;
  }

  FittedCurvature load() throws InvalidSafetensorsException {
    if (strategy.factored()) {
      for (LayerSpec layer : layers) {
        if (layer.inputOf() == null) {
          activations.put(layer.name(), blocks(layer, Side.ACTIVATION));
        }
      }
    }
    List<LayerFactors> factors = new ArrayList<>();
    for (LayerSpec layer : layers) {
      factors.add(factors(layer));
    }
    return new FittedCurvature(strategy, factors);
  }

  private LayerFactors factors(LayerSpec layer) throws InvalidSafetensorsException {
    FactorKeys keys = new FactorKeys(layer);
    List<List<FactorBlock>> inputs = null;
    List<List<FactorBlock>> outputs = null;
    long rows = 0;
    long examples = 0;
    if (strategy.factored()) {
      String owner = layer.inputOf() == null ? layer.name() : layer.inputOf();
      inputs = activations.get(owner);
      outputs = blocks(layer, Side.GRADIENT);
      rows = rows(layer, keys);
      examples = count(keys.covarianceExamples());
    }
    TensorView squares = null;
    long squaresExamples = 0;
    if (strategy.corrected()) {
      squares =
          tensor(
              keys.squares(),
              MASTER,
              FactorValues::finiteNotNegative,
              layer.outputs(),
              layer.gradientColumns());
      squaresExamples = count(keys.squaresExamples());
    }
    List<PartFactors> parts = new ArrayList<>();
    for (int group = 0; group < layer.groups(); group++) {
      parts.add(
          new PartFactors(
              inputs == null ? List.of() : inputs.get(group),
              outputs == null ? List.of() : outputs.get(group),
              squares == null ? null : group(layer, squares, group)));
    }
    return new LayerFactors(layer, rows, examples, squaresExamples, parts);
  }

  private static TensorView group(LayerSpec layer, TensorView squares, int group) {
    int rows = layer.outputs() / layer.groups();
    int columns = layer.gradientColumns();
    return squares.slice(group * rows * columns, rows, columns);
  }

  private long rows(LayerSpec layer, FactorKeys keys) throws InvalidSafetensorsException {
    String key = keys.rows(Side.GRADIENT);
    long rows = count(key);
    if (layer.inputOf() == null) {
      long other = count(keys.rows(Side.ACTIVATION));
      if (other != rows) {
        throw invalid(
            key, "says " + rows + " rows, but \"" + keys.rows(Side.ACTIVATION) + "\" " + other);
      }
    }
    return rows;
  }

  private List<List<FactorBlock>> blocks(LayerSpec layer, Side side)
      throws InvalidSafetensorsException {
    FactorKeys keys = new FactorKeys(layer);
    int count = side.blocks(layer, strategy);
    List<List<FactorBlock>> groups = new ArrayList<>();
    for (int group = 0; group < layer.groups(); group++) {
      List<FactorBlock> blocks = new ArrayList<>();
      for (int b = 0; b < count; b++) {
        int d = side.blockDimension(layer, strategy, b);
        String covariance = keys.block(side, "covariance", group, b, count);
        String values = keys.block(side, "eigenvalues", group, b, count);
        String vectors = keys.block(side, "eigenvectors", group, b, count);
        blocks.add(
            new FactorBlock(
                tensor(covariance, MASTER, FactorValues::symmetric, d, d),
                tensor(values, MASTER, FactorValues::finiteNotNegative, d),
                tensor(vectors, COMPUTE, FactorValues::orthonormal, d, d)));
      }
      groups.add(blocks);
    }
    return groups;
  }

  private TensorView tensor(
      String key, Set<DType> types, Function<TensorView, @Nullable String> check, long... shape)
      throws InvalidSafetensorsException {
    requireShape(key, shape);
    requireType(key, types);
    TensorView tensor = tensors.tensor(key);
    checksums.verify(key, Objects.requireNonNull(tensor.byteBuffer()));
    String problem = check.apply(tensor);
    if (problem != null) {
      throw invalid(key, problem);
    }
    return tensor;
  }

  private long count(String key) throws InvalidSafetensorsException {
    requireShape(key, 1);
    requireType(key, COUNT);
    long count = tensors.longs(key)[0];
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    checksums.verify(key, bytes.putLong(0, count));
    if (count < 1) {
      throw invalid(key, "is " + count + ", expected at least 1");
    }
    return count;
  }

  private void requireShape(String key, long... shape) throws InvalidSafetensorsException {
    if (!tensors.contains(key)) {
      throw invalid(key, "is missing");
    }
    String problem = FactorValues.shape(tensors.shape(key), shape);
    if (problem != null) {
      throw invalid(key, problem);
    }
  }

  private void requireType(String key, Set<DType> types) throws InvalidSafetensorsException {
    if (!types.contains(tensors.dtype(key))) {
      throw invalid(key, "has dtype " + tensors.dtype(key) + ", expected one of " + types);
    }
  }

  private InvalidSafetensorsException invalid(String tensor, String problem) {
    return new InvalidSafetensorsException(
        tensors.file(),
        "tensor "
            + InvalidSafetensorsException.quoted(tensor)
            + " "
            + problem
            + ". Take the file from a backup, or fit again.");
  }
}
