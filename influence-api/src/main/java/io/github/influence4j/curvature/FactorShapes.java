/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import java.util.List;

/** Checks that factors fit the strategy and the layer they are said to belong to. */
final class FactorShapes {
  private FactorShapes() {}

  static void check(CurvatureStrategy strategy, LayerFactors factors) {
    LayerSpec layer = factors.layer();
    require(
        layer,
        factors.parts().size() == layer.groups(),
        "has factors of " + factors.parts().size() + " groups, expected " + layer.groups());
    int outputs = layer.outputs() / layer.groups();
    for (PartFactors part : factors.parts()) {
      if (strategy.factored()) {
        blocks(layer, part.activations(), layer.gradientColumns(), strategy, "activation");
        blocks(layer, part.gradients(), outputs, strategy, "gradient");
        require(layer, factors.rows() >= 0, "has factors of a negative number of rows");
      }
      TensorView squares = part.squares();
      if (strategy.corrected()) {
        require(layer, squares != null, "has no corrected eigenvalues");
        boolean fits =
            squares != null
                && squares.rank() == 2
                && squares.size(0) == outputs
                && squares.size(1) == layer.gradientColumns();
        require(
            layer,
            fits,
            "has corrected eigenvalues of shape "
                + squares
                + ", expected ["
                + outputs
                + ", "
                + layer.gradientColumns()
                + "]");
        require(layer, factors.squaresExamples() > 0, "has corrected eigenvalues of no examples");
      }
    }
  }

  private static void blocks(
      LayerSpec layer,
      List<FactorBlock> blocks,
      int dimension,
      CurvatureStrategy strategy,
      String side) {
    int[] offsets = strategy.blockOffsets(dimension);
    boolean fits = blocks.size() == offsets.length - 1;
    for (int b = 0; fits && b < blocks.size(); b++) {
      int d = offsets[b + 1] - offsets[b];
      FactorBlock block = blocks.get(b);
      fits =
          square(block.covariance(), d)
              && square(block.eigenvectors(), d)
              && block.eigenvalues().elements() == d;
    }
    require(
        layer,
        fits,
        "has "
            + side
            + " factors that do not fit its "
            + dimension
            + " features in "
            + (offsets.length - 1)
            + " blocks; these factors belong to another model");
  }

  private static boolean square(TensorView matrix, int d) {
    return matrix.rank() == 2 && matrix.size(0) == d && matrix.size(1) == d;
  }

  private static void require(LayerSpec layer, boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException("Layer \"" + layer.name() + "\" " + problem + ".");
    }
  }
}
