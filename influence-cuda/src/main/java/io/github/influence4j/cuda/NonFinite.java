/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.Rows;
import java.nio.ByteBuffer;

/** Finds rows that hold a NaN or an infinity, in host memory. */
final class NonFinite {
  private NonFinite() {}

  /** The first such row, before the index is applied, or -1. */
  static int firstRow(Rows rows) {
    for (int r = 0; r < rows.rows(); r++) {
      int stored = rows.index() == null ? r : rows.index()[r];
      int first = rows.offset() + stored * rows.stride();
      if (!finite(rows.data(), first, first + rows.columns())) {
        return r;
      }
    }
    return -1;
  }

  private static boolean finite(TensorView data, int first, int end) {
    float[] floats = data.floatArray();
    double[] doubles = data.doubleArray();
    ByteBuffer bytes = data.byteBuffer();
    boolean finite = true;
    if (floats != null) {
      for (int i = first; i < end; i++) {
        finite &= Float.isFinite(floats[i]);
      }
    } else if (doubles != null) {
      for (int i = first; i < end; i++) {
        finite &= Double.isFinite(doubles[i]);
      }
    } else if (bytes != null) {
      finite = finite(bytes, data.type(), first, end);
    }
    return finite;
  }

  /** All ones in the exponent: not a number, or infinite. */
  private static boolean finite(ByteBuffer bytes, ElementType type, int first, int end) {
    boolean finite = true;
    for (int i = first; i < end; i++) {
      finite &=
          switch (type) {
            case F32 -> Float.isFinite(bytes.getFloat(4 * i));
            case F64 -> Double.isFinite(bytes.getDouble(8 * i));
            case F16 -> (bytes.getShort(2 * i) & 0x7c00) != 0x7c00;
            case BF16 -> (bytes.getShort(2 * i) & 0x7f80) != 0x7f80;
          };
    }
    return finite;
  }
}
