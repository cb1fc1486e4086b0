/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tables of whole numbers in a safetensors file. */
final class IdTables {
  private IdTables() {}

  /**
   * The sequences of one side of a file.
   *
   * @param side train or query
   * @param labelled whether labels must be there
   */
  static List<Piece> pieces(Path file, String side, boolean labelled) throws IOException {
    try (Safetensors tensors = Safetensors.open(file)) {
      long[][] ids = table(tensors, side + ".input_ids");
      long[][] mask = beside(tensors, side + ".attention_mask", ids);
      long[][] labels = beside(tensors, side + ".labels", ids);
      if (labelled && labels == null) {
        throw new IllegalArgumentException(
            "File \"" + file + "\" has no tensor \"" + side + ".labels\".");
      }
      return Pieces.ofIds(
          side, ids, mask == null ? ones(ids) : mask, labels == null ? ids : labels);
    }
  }

  private static long[][] ones(long[][] ids) {
    long[][] out = new long[ids.length][ids[0].length];
    Arrays.stream(out).forEach(row -> Arrays.fill(row, 1));
    return out;
  }

  /** [sequences][tokens], which must be there. */
  static long[][] table(Safetensors file, String name) {
    long[] shape = file.shape(name);
    long[] all = file.longs(name);
    if (shape.length != 2 || all.length == 0) {
      throw new IllegalArgumentException(
          "Tensor \""
              + name
              + "\" has shape "
              + Arrays.toString(shape)
              + ", expected [sequences, tokens].");
    }
    int columns = (int) shape[1];
    long[][] out = new long[(int) shape[0]][];
    for (int r = 0; r < out.length; r++) {
      out[r] = Arrays.copyOfRange(all, r * columns, (r + 1) * columns);
    }
    return out;
  }

  /** The same of the shape of another; null if it is not there. */
  static long @Nullable [][] beside(Safetensors file, String name, long[][] ids) {
    if (!file.contains(name)) {
      return null;
    }
    long[][] out = table(file, name);
    if (out.length != ids.length || out[0].length != ids[0].length) {
      throw new IllegalArgumentException(
          "Tensor \""
              + name
              + "\" has shape "
              + Arrays.toString(file.shape(name))
              + ", expected ["
              + ids.length
              + ", "
              + ids[0].length
              + "] as the token ids have.");
    }
    return out;
  }
}
