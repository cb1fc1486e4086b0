/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.compute.TensorCores;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * cuBLAS, for row-major matrices: {@code C = A B} is {@code Cᵀ = Bᵀ Aᵀ} in its column-major order.
 */
public final class Blas {
  private final TensorCores tensorCores;
  private final cublasContext handle = new cublasContext();
  private final Address.Floats floatA = new Address.Floats();
  private final Address.Floats floatB = new Address.Floats();
  private final Address.Floats floatC = new Address.Floats();
  private final Address.Doubles doubleA = new Address.Doubles();
  private final Address.Doubles doubleB = new Address.Doubles();
  private final Address.Doubles doubleC = new Address.Doubles();
  private final FloatPointer floatZero = new FloatPointer(new float[] {0});
  private final FloatPointer floatOne = new FloatPointer(new float[] {1});
  private final DoublePointer alpha = new DoublePointer(1);
  private final DoublePointer beta = new DoublePointer(1);
  private final DoublePointer norm = new DoublePointer(1);

  /**
   * Opened by {@link #open}.
   *
   * @param tensorCores how products in float32 round their operands
   */
  Blas(TensorCores tensorCores) {
    this.tensorCores = tensorCores;
  }

  void open(CUstream_st stream) {
    CudaException.check(cublas.cublasCreate_v2(handle), "cublasCreate_v2");
    CudaException.check(cublas.cublasSetStream_v2(handle, stream), "cublasSetStream_v2");
  }

  /**
   * {@code C = op(A) op(B)} in float32, A and B rounded where tensor cores multiply; sizes of C are
   * m x n.
   */
  public void multiplyFloats(Product p, long a, long b, long c) {
    switch (tensorCores) {
      case OFF -> multiplyFully(p, a, b, c);
      case TF32 -> multiplyRounded(cublas.CUBLAS_COMPUTE_32F_FAST_TF32, p, a, b, c);
      case BF16 -> multiplyRounded(cublas.CUBLAS_COMPUTE_32F_FAST_16BF, p, a, b, c);
    }
  }

  private void multiplyRounded(int compute, Product p, long a, long b, long c) {
    CudaException.check(
        cublas.cublasGemmEx(
            handle,
            operation(p.transposeB()),
            operation(p.transposeA()),
            p.n(),
            p.m(),
            p.k(),
            floatOne,
            floatB.at(b),
            cudart.CUDA_R_32F,
            (int) p.ldb(),
            floatA.at(a),
            cudart.CUDA_R_32F,
            (int) p.lda(),
            floatZero,
            floatC.at(c),
            cudart.CUDA_R_32F,
            (int) p.ldc(),
            compute,
            cublas.CUBLAS_GEMM_DEFAULT),
        "cublasGemmEx");
  }

  private void multiplyFully(Product p, long a, long b, long c) {
    CudaException.check(
        cublas.cublasSgemm_v2(
            handle,
            operation(p.transposeB()),
            operation(p.transposeA()),
            p.n(),
            p.m(),
            p.k(),
            floatOne,
            floatB.at(b),
            (int) p.ldb(),
            floatA.at(a),
            (int) p.lda(),
            floatZero,
            floatC.at(c),
            (int) p.ldc()),
        "cublasSgemm_v2");
  }

  /** {@code C = scale op(A) op(B) + keep C} in float64. */
  public void multiplyDoubles(Product p, double scale, long a, long b, double keep, long c) {
    CudaException.check(
        cublas.cublasDgemm_v2(
            handle,
            operation(p.transposeB()),
            operation(p.transposeA()),
            p.n(),
            p.m(),
            p.k(),
            alpha.put(scale),
            doubleB.at(b),
            (int) p.ldb(),
            doubleA.at(a),
            (int) p.lda(),
            beta.put(keep),
            doubleC.at(c),
            (int) p.ldc()),
        "cublasDgemm_v2");
  }

  /** The Euclidean norm of doubles; waits for the stream. */
  public double norm(long address, int count) {
    CudaException.check(
        cublas.cublasDnrm2_v2(handle, count, doubleA.at(address), 1, norm), "cublasDnrm2_v2");
    return norm.get();
  }

  private static int operation(boolean transpose) {
    return transpose ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N;
  }

  public void close(Releases releases) {
    if (!handle.isNull()) {
      releases.run(() -> CudaException.check(cublas.cublasDestroy_v2(handle), "cublasDestroy_v2"));
      handle.setNull();
    }
    floatZero.close();
    floatOne.close();
    alpha.close();
    beta.close();
    norm.close();
  }
}
