/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Tensors made of doubles. */
final class Tensors {
  private Tensors() {}

  /** In an array for F64, else in a buffer; F16 and BF16 by truncation of the mantissa. */
  static TensorView of(ElementType type, double[] values, long... shape) {
    if (type == ElementType.F64) {
      return TensorView.of(values, shape);
    }
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      switch (type) {
        case F32 -> bytes.putFloat((float) value);
        case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits((float) value) >>> 16));
        case F16 -> bytes.putShort(half(value));
        default -> throw new IllegalArgumentException(type.name());
      }
    }
    return TensorView.of(bytes.flip(), type, shape);
  }

  /** Binary16 of a value below 65504, rounded towards zero. */
  private static short half(double value) {
    int sign = Math.copySign(1, value) < 0 ? 0x8000 : 0;
    double magnitude = Math.abs(value);
    if (magnitude < 0x1p-14) {
      return (short) (sign | (int) (magnitude * 0x1p24));
    }
    int exponent = Math.getExponent(magnitude);
    int mantissa = (int) ((Math.scalb(magnitude, -exponent) - 1) * 1024);
    return (short) (sign | ((exponent + 15) << 10) | mantissa);
  }

  static double[] concat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }
}
