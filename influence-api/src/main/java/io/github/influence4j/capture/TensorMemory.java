/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where the elements of a tensor lie: in an array, in a buffer, or on a GPU. */
final class TensorMemory {
  final ElementType type;
  final float @Nullable [] floats;
  final double @Nullable [] doubles;
  final @Nullable ByteBuffer bytes;
  final @Nullable DeviceAddress device;
  final boolean immutable;

  private TensorMemory(
      ElementType type,
      float @Nullable [] floats,
      double @Nullable [] doubles,
      @Nullable ByteBuffer bytes,
      @Nullable DeviceAddress device,
      boolean immutable) {
    this.type = type;
    this.floats = floats;
    this.doubles = doubles;
    this.bytes = bytes;
    this.device = device;
    this.immutable = immutable;
  }

  static TensorMemory of(float[] data) {
    return new TensorMemory(ElementType.F32, data, null, null, null, false);
  }

  static TensorMemory of(double[] data) {
    return new TensorMemory(ElementType.F64, null, data, null, null, false);
  }

  /** What lies between position and limit of a buffer. */
  static TensorMemory of(ByteBuffer data, ElementType type, boolean immutable) {
    ByteBuffer view = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (view.capacity() % type.bytes() != 0) {
      throw new IllegalArgumentException(
          view.capacity() + " bytes are no whole number of " + type + " elements.");
    }
    return new TensorMemory(type, null, null, view, null, immutable);
  }

  static TensorMemory of(DeviceAddress address, ElementType type) {
    return new TensorMemory(type, null, null, null, address, false);
  }

  /** The elements from {@code first} on; a copy of those of an array. */
  TensorMemory slice(int first, int length) {
    if (floats != null) {
      return of(Arrays.copyOfRange(floats, first, first + length));
    }
    if (doubles != null) {
      return of(Arrays.copyOfRange(doubles, first, first + length));
    }
    return of(buffer().slice(first * type.bytes(), length * type.bytes()), type, immutable);
  }

  double get(int index) {
    if (floats != null) {
      return floats[index];
    }
    if (doubles != null) {
      return doubles[index];
    }
    ByteBuffer data = buffer();
    return switch (type) {
      case F32 -> data.getFloat(index * 4);
      case F64 -> data.getDouble(index * 8);
      case BF16 -> Float.intBitsToFloat(data.getShort(index * 2) << 16);
      case F16 -> halfToFloat(data.getShort(index * 2));
    };
  }

  void set(int index, double value) {
    if (bytes != null && bytes.isReadOnly()) {
      throw new UnsupportedOperationException(
          "This tensor is immutable; copy its numbers (toDoubles) to change them.");
    }
    if (floats != null) {
      floats[index] = (float) value;
    } else if (doubles != null) {
      doubles[index] = value;
    } else if (type == ElementType.F32) {
      buffer().putFloat(index * 4, (float) value);
    } else if (type == ElementType.F64) {
      buffer().putDouble(index * 8, value);
    } else {
      throw new UnsupportedOperationException(type + " tensors are read-only");
    }
  }

  /** Copies all elements as they are stored. */
  void copyTo(ByteBuffer target) {
    if (floats != null) {
      target.asFloatBuffer().put(floats);
    } else if (doubles != null) {
      target.asDoubleBuffer().put(doubles);
    } else {
      target.duplicate().put(buffer().duplicate());
    }
  }

  double[] toDoubles(int elements) {
    if (doubles != null) {
      return doubles.clone();
    }
    double[] out = new double[elements];
    if (bytes != null && type == ElementType.F64) {
      bytes.asDoubleBuffer().get(0, out);
      return out;
    }
    for (int i = 0; i < elements; i++) {
      out[i] = get(i);
    }
    return out;
  }

  private ByteBuffer buffer() {
    if (bytes == null) {
      throw new IllegalStateException(
          "A tensor in the memory of a GPU was read on the host; copy it to the host first.");
    }
    return bytes;
  }

  private static float halfToFloat(short half) {
    int bits = half & 0xffff;
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 31 ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (mantissa << 13));
  }
}
