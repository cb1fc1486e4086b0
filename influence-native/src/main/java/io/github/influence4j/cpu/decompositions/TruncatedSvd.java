/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.cpu.memory.Tasks;

/**
 * A way to find D ≈ L Rᵀ for a D that lies always at the same address, the singular values in L.
 */
interface TruncatedSvd {
  /**
   * Sets L and R.
   *
   * @param tasks how to run
   * @return ‖L Rᵀ‖²
   */
  double truncate(Tasks tasks);
}
