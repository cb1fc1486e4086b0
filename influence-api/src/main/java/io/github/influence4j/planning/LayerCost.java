/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.planning;

/**
 * The cost model of a layer.
 *
 * @param layer its name
 * @param model the cost of one group
 * @param groups groups of a grouped convolution, else 1
 */
public record LayerCost(String layer, CostModel model, int groups) {
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
}
