/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;

/** Element types and ways of computing as {@code influence_cuda.h} numbers them. */
public final class TypeCode {
  private TypeCode() {}

  /** {@code INFL_COVARIANCE_F32}, {@code _F64}, {@code _TF32} or {@code _BF16}. */
  public static int covariancePath(BackendOptions options) {
    return switch (options.tensorCores()) {
      case OFF ->
          options.precision() == Precision.F64
              ? KernelConstants.COVARIANCE_F64
              : KernelConstants.COVARIANCE_F32;
      case TF32 -> KernelConstants.COVARIANCE_TF32;
      case BF16 -> KernelConstants.COVARIANCE_BF16;
    };
  }

  /** What kernels that multiply call the precision: their operands may be rounded. */
  public static int products(BackendOptions options) {
    return switch (options.tensorCores()) {
      case OFF -> of(options.precision().type());
      case TF32 -> KernelConstants.TF32_PRODUCTS;
      case BF16 -> KernelConstants.BF16_PRODUCTS;
    };
  }

  /** Rows after which the partial sum of a covariance goes to its master. */
  public static int segmentRows(int covariancePath) {
    return covariancePath >= KernelConstants.COVARIANCE_TF32
        ? KernelConstants.TENSOR_SEGMENT_ROWS
        : KernelConstants.SEGMENT_ROWS;
  }

  public static int of(ElementType type) {
    return switch (type) {
      case F32 -> KernelConstants.F32;
      case F64 -> KernelConstants.F64;
      case F16 -> KernelConstants.F16;
      case BF16 -> KernelConstants.BF16;
    };
  }
}
