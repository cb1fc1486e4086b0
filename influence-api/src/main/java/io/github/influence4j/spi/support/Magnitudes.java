/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.Rows;
import java.nio.ByteBuffer;

/** The largest magnitude of each row in host memory; NaN or infinity where the row holds one. */
public final class Magnitudes {
  private Magnitudes() {}

  /**
   * Looks at rows.
   *
   * @param rows in host memory
   * @return what {@link io.github.influence4j.spi.ComputeBackend#magnitudes} says of them
   */
  public static double[] of(Rows rows) {
    double[] out = new double[rows.rows()];
    for (int r = 0; r < out.length; r++) {
      int stored = rows.index() == null ? r : rows.index()[r];
      int first = rows.offset() + stored * rows.stride();
      out[r] = largest(rows.data(), first, first + rows.columns());
    }
    return out;
  }

  private static double largest(TensorView data, int first, int end) {
    float[] floats = data.floatArray();
    double[] doubles = data.doubleArray();
    ByteBuffer bytes = data.byteBuffer();
    if (floats != null) {
      float largest = 0;
      for (int i = first; i < end; i++) {
        largest = Math.max(largest, Math.abs(floats[i]));
      }
      return largest;
    }
    double largest = 0;
    if (doubles != null) {
      for (int i = first; i < end; i++) {
        largest = Math.max(largest, Math.abs(doubles[i]));
      }
    } else if (bytes != null) {
      return largest(data, bytes, first, end);
    }
    return largest;
  }

  private static double largest(TensorView data, ByteBuffer bytes, int first, int end) {
    double largest = 0;
    // Without their sign, bits are ordered as numbers are, then infinity, then NaN.
    int bits = 0;
    for (int i = first; i < end; i++) {
      switch (data.type()) {
        case F32 -> bits = Math.max(bits, bytes.getInt(4 * i) & 0x7fffffff);
        case F64 -> largest = Math.max(largest, Math.abs(bytes.getDouble(8 * i)));
        case F16 -> largest = Math.max(largest, Math.abs(data.get(i)));
        case BF16 -> bits = Math.max(bits, (bytes.getShort(2 * i) & 0x7fff) << 16);
      }
    }
    return bits == 0 ? largest : Float.intBitsToFloat(bits);
  }
}
