/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;

/** Elements of tensors as they are stored, moved bit for bit into little-endian memory. */
public final class StoredElements {
  private StoredElements() {}

  /**
   * Copies consecutive elements.
   *
   * @param source in host memory
   * @param from the first element
   * @param count how many
   * @param target elements of the same type from position 0 on, little endian
   * @param to where the first element goes
   */
  public static void copy(TensorView source, int from, int count, ByteBuffer target, int to) {
    float[] floats = source.floatArray();
    double[] doubles = source.doubleArray();
    ByteBuffer bytes = source.byteBuffer();
    if (floats != null) {
      for (int i = 0; i < count; i++) {
        target.putFloat((to + i) * Float.BYTES, floats[from + i]);
      }
    } else if (doubles != null) {
      for (int i = 0; i < count; i++) {
        target.putDouble((to + i) * Double.BYTES, doubles[from + i]);
      }
    } else if (bytes != null) {
      int size = source.type().bytes();
      target.put(to * size, bytes, from * size, count * size);
    }
  }

  /**
   * Sets an element to zero.
   *
   * @param type of the elements
   * @param target elements from position 0 on
   * @param to which element
   */
  public static void zero(ElementType type, ByteBuffer target, int to) {
    for (int i = 0; i < type.bytes(); i++) {
      target.put(to * type.bytes() + i, (byte) 0);
    }
  }
}
