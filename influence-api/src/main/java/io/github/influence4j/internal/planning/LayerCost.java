/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;

/**
 * The cost model of a layer.
 *
 * @param layer its name
 * @param model the cost of one group
 * @param groups groups of a grouped convolution, else 1
 */
public record LayerCost(String layer, CostModel model, int groups) {
  /** More than any machine has, and sums of it do not overflow. */
  private static final long MOST_BYTES = 1L << 56;

  /**
   * The costs of a layer.
   *
   * @param layer of a model
   * @param strategy the structure of its curvature
   * @return of each of its groups
   */
  public static LayerCost of(LayerSpec layer, CurvatureStrategy strategy) {
    int outputs = layer.outputs() / layer.groups();
    CostModel model = new CostModel(layer.gradientColumns(), outputs, strategy.blocks());
    return new LayerCost(layer.name(), model, layer.groups());
  }

  /**
   * Memory of one preconditioned query.
   *
   * @param rank r, 0 for dense
   * @param elementBytes 4 or 8
   * @return bytes over all groups
   */
  public long queryBytes(int rank, int elementBytes) {
    return groups * model.queryBytes(rank, elementBytes);
  }

  /**
   * Memory of the curvature while queries are preconditioned: eigenvectors, weights of each
   * damping, and one gradient in the eigenbasis.
   *
   * @param dampings dampings served at once
   * @param elementBytes 4 or 8
   * @return bytes over all groups
   */
  public long loadedBytes(int dampings, int elementBytes) {
    double elements = model.basisElements() + (dampings + 1.0) * model.inputs() * model.outputs();
    return groups * (long) (elements * elementBytes);
  }

  /**
   * Memory while the curvature is fitted: covariances, eigenvectors, squares.
   *
   * @param elementBytes 4 or 8
   * @param ownInput whether the activation side is not shared with a layer before
   * @return bytes over all groups
   */
  public long fitBytes(int elementBytes, boolean ownInput) {
    double shared = ownInput ? 0 : (double) model.inputs() * model.inputs() / model.blocks();
    double factors = model.basisElements() - shared;
    int each = Double.BYTES + (elementBytes == Float.BYTES ? 2 : 1) * elementBytes;
    double squares = (double) Double.BYTES * model.inputs() * model.outputs();
    long ofGroup = (long) Math.min(MOST_BYTES, factors * each + squares);
    return (long) Math.min(MOST_BYTES, (double) groups * ofGroup);
  }
}
