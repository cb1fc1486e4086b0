/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cusolver.cusolverDnContext;
import org.bytedeco.cuda.cusolver.cusolverDnParams;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cusolver;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * Symmetric eigendecompositions in float64 by cuSOLVER, for matrices that our kernel cannot hold.
 */
final class CusolverEigen {
  private static final int VECTORS = cusolver.CUSOLVER_EIG_MODE_VECTOR;
  private static final int LOWER = cublas.CUBLAS_FILL_MODE_LOWER;
  private static final int F64 = cudart.CUDA_R_64F;

  private final CudaContext context;
  private final cusolverDnContext handle = new cusolverDnContext();
  private final cusolverDnParams parameters = new cusolverDnParams();
  private final Address matrix = new Address();
  private final Address values = new Address();
  private final Address workspace = new Address();
  private final Address.Ints status = new Address.Ints();

  CusolverEigen(CudaContext context) {
    this.context = context;
  }

  void open(CUstream_st stream) {
    check(cusolver.cusolverDnCreate(handle), "cusolverDnCreate");
    check(cusolver.cusolverDnSetStream(handle, stream), "cusolverDnSetStream");
    check(cusolver.cusolverDnCreateParams(parameters), "cusolverDnCreateParams");
  }

  /**
   * Decomposes matrices of one size.
   *
   * @param matrices [batch, n, n], symmetric; overwritten by the eigenvectors, one a row
   * @param n their dimension
   * @param batch how many
   * @param eigenvalues receives [batch, n], ascending
   * @return for each matrix 0, or how many off-diagonal elements did not converge
   */
  int[] solve(long matrices, int n, int batch, long eigenvalues) {
    long info = context.scratch(Scratch.Slot.OUT, 4L * batch);
    matrix.at(matrices);
    values.at(eigenvalues);
    try (SizeTPointer deviceBytes = new SizeTPointer(1);
        SizeTPointer hostBytes = new SizeTPointer(1)) {
      sizes(n, batch, deviceBytes, hostBytes);
      workspace.at(context.scratch(Scratch.Slot.WORKSPACE, deviceBytes.get(), MemoryUse.EIGEN));
      status.at(info);
      try (BytePointer host = new BytePointer(Math.max(1, hostBytes.get()))) {
        solve(n, batch, deviceBytes.get(), host, hostBytes.get());
        // Waits for the solver, which may use the host's work space until it is done.
        return Transfers.ints(context.staging(), info, batch);
      }
    }
  }

  /**
   * How many matrices of one size can be decomposed at once.
   *
   * @param most as many as there are
   * @param bytes what the solver's work space may take; one matrix may take more
   */
  int fitting(int n, int most, long bytes) {
    int batch = most;
    while (batch > 1 && workBytes(n, batch) > bytes) {
      batch = (batch + 1) / 2;
    }
    return batch;
  }

  private long workBytes(int n, int batch) {
    try (SizeTPointer deviceBytes = new SizeTPointer(1);
        SizeTPointer hostBytes = new SizeTPointer(1)) {
      sizes(n, batch, deviceBytes, hostBytes);
      return deviceBytes.get();
    }
  }

  private void sizes(int n, int batch, SizeTPointer device, SizeTPointer host) {
    if (batch == 1) {
      check(
          cusolver.cusolverDnXsyevd_bufferSize(
              handle,
              parameters,
              VECTORS,
              LOWER,
              n,
              F64,
              matrix,
              n,
              F64,
              values,
              F64,
              device,
              host),
          "cusolverDnXsyevd_bufferSize");
    } else {
      check(
          cusolver.cusolverDnXsyevBatched_bufferSize(
              handle,
              parameters,
              VECTORS,
              LOWER,
              n,
              F64,
              matrix,
              n,
              F64,
              values,
              F64,
              device,
              host,
              batch),
          "cusolverDnXsyevBatched_bufferSize");
    }
  }

  private void solve(int n, int batch, long deviceBytes, BytePointer host, long hostBytes) {
    if (batch == 1) {
      check(
          cusolver.cusolverDnXsyevd(
              handle,
              parameters,
              VECTORS,
              LOWER,
              n,
              F64,
              matrix,
              n,
              F64,
              values,
              F64,
              workspace,
              deviceBytes,
              host,
              hostBytes,
              status),
          "cusolverDnXsyevd");
    } else {
      check(
          cusolver.cusolverDnXsyevBatched(
              handle,
              parameters,
              VECTORS,
              LOWER,
              n,
              F64,
              matrix,
              n,
              F64,
              values,
              F64,
              workspace,
              deviceBytes,
              host,
              hostBytes,
              status,
              batch),
          "cusolverDnXsyevBatched");
    }
  }

  private static void check(int code, String function) {
    CudaContext.check(code, function);
  }

  void close(Releases releases) {
    if (!parameters.isNull()) {
      releases.run(
          () -> check(cusolver.cusolverDnDestroyParams(parameters), "cusolverDnDestroyParams"));
      parameters.setNull();
    }
    if (!handle.isNull()) {
      releases.run(() -> check(cusolver.cusolverDnDestroy(handle), "cusolverDnDestroy"));
      handle.setNull();
    }
  }
}
