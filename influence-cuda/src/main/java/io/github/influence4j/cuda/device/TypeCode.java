/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendOptions;

/** Element types and ways of computing as {@code influence_cuda.h} numbers them. */
public final class TypeCode {
  public static final int F64 = of(ElementType.F64);

  // Not in Kernels, which the JNI generator loads without the classes of other modules.
  private TypeCode() {}

  /** {@code INFL_COVARIANCE_F32}, {@code _F64}, {@code _TF32} or {@code _BF16}. */
  public static int covariancePath(BackendOptions options) {
    return switch (options.tensorCores()) {
      case OFF -> of(options.precision().type());
      case TF32 -> 2;
      case BF16 -> 3;
    };
  }

  public static int of(ElementType type) {
    return switch (type) {
      case F32 -> 0;
      case F64 -> 1;
      case F16 -> 2;
      case BF16 -> 3;
    };
  }
}
