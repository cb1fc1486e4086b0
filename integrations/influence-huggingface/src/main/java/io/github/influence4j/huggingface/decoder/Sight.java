/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import io.github.influence4j.huggingface.config.Architecture;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a batch see which: themselves and what is before them, as far as the window
 * reaches, and no padding. Padding behind a text is seen by nobody who counts, so it needs no mask.
 */
final class Sight {
  /** Finite, so that a row that sees nothing gives numbers. */
  private static final float NEVER = -1e30f;

  private final Map<Integer, Tensor> masks = new HashMap<>();
  private final @Nullable PointerScope scope = PointerScope.getInnerScope();
  private final boolean[][] padding;
  private final int rows;
  private final ScalarType type;

  /**
   * Looks at a batch.
   *
   * @param mask [sequences][rows], 0 for padding; null for none
   * @param rows of each sequence
   * @param type of the masks
   */
  Sight(long @Nullable [][] mask, int rows, ScalarType type) {
    this.rows = rows;
    this.type = type;
    this.padding = mask == null || !hides(mask) ? new boolean[1][rows] : padding(mask);
  }

  /**
   * What is added to the scores, [sequences or 1, 1, rows, rows]; null if only the future is
   * unseen.
   */
  @Nullable Tensor mask(Architecture architecture, int layer) {
    int window = architecture.attention().windows()[layer];
    if ((window == 0 || window >= rows) && padding.length == 1 && !padding[0][0]) {
      return null;
    }
    return masks.computeIfAbsent(window, this::make);
  }

  /** The same for those that need a mask for the future as well. */
  Tensor wholeMask(Architecture architecture, int layer) {
    return masks.computeIfAbsent(architecture.attention().windows()[layer], this::make);
  }

  private Tensor make(int window) {
    Tensor seen = torch.ones(rows, rows).tril(0);
    if (window > 0) {
      seen = seen.triu(1L - window);
    }
    float[] counts = new float[padding.length * rows];
    for (int s = 0; s < padding.length; s++) {
      for (int from = 0; from < rows; from++) {
        counts[s * rows + from] = padding[s][from] ? 0 : 1;
      }
    }
    Tensor visible = seen.mul(AbstractTensor.create(counts, padding.length, 1, 1, rows));
    Tensor mask = visible.sub_(new Scalar(1)).mul_(new Scalar(-NEVER)).to(type);
    if (scope != null) {
      scope.attach(mask); // it is made within one block and used in others
    }
    return mask;
  }

  /** Whether padding is before what counts. */
  private static boolean hides(long[][] mask) {
    for (long[] sequence : mask) {
      for (int i = 1; i < sequence.length; i++) {
        if (sequence[i - 1] == 0 && sequence[i] != 0) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean[][] padding(long[][] mask) {
    boolean[][] out = new boolean[mask.length][mask[0].length];
    for (int s = 0; s < mask.length; s++) {
      for (int i = 0; i < out[s].length; i++) {
        out[s][i] = mask[s][i] == 0;
      }
    }
    return out;
  }
}
