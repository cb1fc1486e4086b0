/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.ElementType;

/** Element types as {@code influence_cuda.h} numbers them. */
final class TypeCode {
  static final int F64 = of(ElementType.F64);

  // Not in Kernels, which the JNI generator loads without the classes of other modules.
  private TypeCode() {}

  static int of(ElementType type) {
    return switch (type) {
      case F32 -> 0;
      case F64 -> 1;
      case F16 -> 2;
      case BF16 -> 3;
    };
  }
}
