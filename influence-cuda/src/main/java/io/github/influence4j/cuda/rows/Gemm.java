/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Product;

/** The two ways of multiplying matrices, in the backend's precision or on its tensor cores. */
public final class Gemm {
  private final Engine engine;

  public Gemm(Engine engine) {
    this.engine = engine;
  }

  /** {@code C = op(A) op(B)} by cuBLAS. */
  void blas(Product p, long a, long b, long c) {
    if (engine.precision() == Precision.F32) {
      engine.blas().multiplyFloats(p, a, b, c);
    } else {
      engine.blas().multiplyDoubles(p, 1, a, b, 0, c);
    }
  }

  /** {@code C = op(A) op(B)} by our kernel. */
  void kernel(Product p, long a, long b, long c) {
    kernel(p, a, 0, b, 0, c, 0, 1);
  }

  /** {@code C[i] = op(A[i]) op(B[i])} by our kernel; strides are elements. */
  void kernel(
      Product p, long a, long strideA, long b, long strideB, long c, long strideC, int count) {
    CudaException.check(
        Kernels.gemm(
            engine.productPrecision(),
            p.transposeA() ? 1 : 0,
            p.transposeB() ? 1 : 0,
            p.m(),
            p.n(),
            p.k(),
            a,
            p.lda(),
            strideA,
            b,
            p.ldb(),
            strideB,
            c,
            p.ldc(),
            strideC,
            count,
            engine.stream()),
        "infl_cuda_gemm");
  }
}
