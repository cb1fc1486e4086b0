/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;

/** How the tensors of a factor file are named: as in the files of kronfluence, with suffixes. */
final class FactorKeys {
  private static final String EXAMPLES = "num_covariance_examples.";
  private static final String SQUARES = "lambda_matrix.";
  private static final String SQUARES_EXAMPLES = "num_lambda_processed.";

  private final LayerSpec layer;

  FactorKeys(LayerSpec layer) {
    this.layer = layer;
  }

  String covarianceExamples() {
    return EXAMPLES + layer.name();
  }

  String squares() {
    return SQUARES + layer.name();
  }

  String squaresExamples() {
    return SQUARES_EXAMPLES + layer.name();
  }

  String rows(Side side) {
    return "num_" + side.prefix + "_covariance_processed." + layer.name();
  }

  /**
   * One matrix of one block.
   *
   * @param what covariance, eigenvectors or eigenvalues
   * @param blocks into how many blocks the side is split
   */
  String block(Side side, String what, int group, int block, int blocks) {
    return side.prefix
        + "_"
        + what
        + "."
        + layer.name()
        + (layer.groups() > 1 ? ".group" + group : "")
        + (blocks > 1 ? ".block" + block : "");
  }

  /** The two Kronecker factors of a layer. */
  enum Side {
    ACTIVATION("activation"),
    GRADIENT("gradient");

    private final String prefix;

    Side(String prefix) {
      this.prefix = prefix;
    }

    /** Number of features of one group. */
    int dimension(LayerSpec layer) {
      return this == ACTIVATION ? layer.gradientColumns() : layer.outputs() / layer.groups();
    }

    int blocks(LayerSpec layer, CurvatureStrategy strategy) {
      return Math.min(strategy.blocks(), dimension(layer));
    }

    /** Features of one block: contiguous, sizes differ by at most one. */
    int blockDimension(LayerSpec layer, CurvatureStrategy strategy, int block) {
      long dimension = dimension(layer);
      int blocks = blocks(layer, strategy);
      return (int) (dimension * (block + 1) / blocks - dimension * block / blocks);
    }
  }
}
