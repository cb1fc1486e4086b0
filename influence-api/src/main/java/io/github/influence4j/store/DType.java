/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * The element types that {@link Safetensors} files may hold here, in the order in which the
 * reference implementation sorts them. All are little endian.
 */
public enum DType {
  /** One byte, 0 or 1. */
  BOOL(1, null),
  /** Unsigned 8-bit integer. */
  U8(1, null),
  /** Signed 8-bit integer. */
  I8(1, null),
  /** Signed 16-bit integer. */
  I16(2, null),
  /** Unsigned 16-bit integer. */
  U16(2, null),
  /** IEEE 754 binary16. */
  F16(2, ElementType.F16),
  /** bfloat16. */
  BF16(2, ElementType.BF16),
  /** Signed 32-bit integer. */
  I32(4, null),
  /** Unsigned 32-bit integer. */
  U32(4, null),
  /** IEEE 754 binary32. */
  F32(4, ElementType.F32),
  /** IEEE 754 binary64. */
  F64(8, ElementType.F64),
  /** Signed 64-bit integer. */
  I64(8, null),
  /** Unsigned 64-bit integer. */
  U64(8, null);

  private final int bytes;
  private final @Nullable ElementType elementType;

  DType(int bytes, @Nullable ElementType elementType) {
    this.bytes = bytes;
    this.elementType = elementType;
  }

  /**
   * Size of one element.
   *
   * @return the size in bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * The element type of a {@link io.github.influence4j.capture.TensorView} over such data.
   *
   * @return the type, or null for integers and booleans
   */
  public @Nullable ElementType elementType() {
    return elementType;
  }

  static DType of(ElementType type) {
    return valueOf(type.name());
  }

  /** The type of that name, or null. */
  static @Nullable DType named(String name) {
    for (DType type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    return null;
  }
}
