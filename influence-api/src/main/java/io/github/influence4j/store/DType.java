/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.ElementType;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The element types of {@link Safetensors} files: all that the reference implementation, version
 * 0.8, knows, in the order in which it sorts them. All are little endian. Those without {@linkplain
 * #elementType element type} and {@linkplain #integer integers} can lie in a file and are refused
 * only when they are asked for.
 */
public enum DType {
  /** One byte, 0 or 1. */
  BOOL(8, null),
  /** A 4-bit floating-point number (MXFP4). */
  F4(4, null),
  /** A 6-bit floating-point number, 2 bits of exponent. */
  F6_E2M3(6, null),
  /** A 6-bit floating-point number, 3 bits of exponent. */
  F6_E3M2(6, null),
  /** Unsigned 8-bit integer. */
  U8(8, null),
  /** Signed 8-bit integer. */
  I8(8, null),
  /** An 8-bit floating-point number, 5 bits of exponent. */
  F8_E5M2(8, null),
  /** An 8-bit floating-point number, 4 bits of exponent. */
  F8_E4M3(8, null),
  /** A power of two. */
  F8_E8M0(8, null),
  /** An 8-bit floating-point number, 4 bits of exponent, without infinities or negative zero. */
  F8_E4M3FNUZ(8, null),
  /** An 8-bit floating-point number, 5 bits of exponent, without infinities or negative zero. */
  F8_E5M2FNUZ(8, null),
  /** Signed 16-bit integer. */
  I16(16, null),
  /** Unsigned 16-bit integer. */
  U16(16, null),
  /** IEEE 754 binary16. */
  F16(16, ElementType.F16),
  /** bfloat16. */
  BF16(16, ElementType.BF16),
  /** Signed 32-bit integer. */
  I32(32, null),
  /** Unsigned 32-bit integer. */
  U32(32, null),
  /** IEEE 754 binary32. */
  F32(32, ElementType.F32),
  /** A complex number: two IEEE 754 binary32. */
  C64(64, null),
  /** IEEE 754 binary64. */
  F64(64, ElementType.F64),
  /** Signed 64-bit integer. */
  I64(64, null),
  /** Unsigned 64-bit integer. */
  U64(64, null);

  private static final Set<DType> INTEGERS =
      Collections.unmodifiableSet(EnumSet.of(BOOL, U8, I8, I16, U16, I32, U32, I64, U64));

  private final int bits;
  private final @Nullable ElementType elementType;

  DType(int bits, @Nullable ElementType elementType) {
    this.bits = bits;
    this.elementType = elementType;
  }

  /**
   * Size of one element.
   *
   * @return the size in bits; elements of less than 8 are packed
   */
  public int bits() {
    return bits;
  }

  /**
   * The element type of a {@link io.github.influence4j.capture.TensorView} over such data.
   *
   * @return the type; null for what is not computed with here
   */
  public @Nullable ElementType elementType() {
    return elementType;
  }

  /**
   * Whether {@link Safetensors#longs} reads such data.
   *
   * @return true for integers and booleans
   */
  public boolean integer() {
    return INTEGERS.contains(this);
  }

  /** Size of one element in bytes, of types that have at least one. */
  int bytes() {
    return bits / Byte.SIZE;
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
