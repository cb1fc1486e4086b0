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
 * Symmetric eigendecompositions in float64 by cuSOLVER, for matrices that our kernel cannot hold:
 * {@code XsyevBatched} or {@code Xsyevd}, by the dimension alone, so that results do not depend on
 * how many are decomposed at once.
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
    Work work = work(n, batch);
    workspace.at(context.scratch(Scratch.Slot.WORKSPACE, work.device, MemoryUse.EIGEN));
    status.at(info);
    context.budget().take(work.host, MemoryUse.EIGEN);
    try (BytePointer host = new BytePointer(Math.max(1, work.host))) {
      solve(n, batch, work.device, host, work.host);
      // Waits for the solver, which may use the host's work space until it is done.
      return Transfers.ints(context.staging(), info, batch);
    } finally {
      context.budget().give(work.host);
    }
  }

  /** How many matrices of one size one call takes at most. */
  int most(int n) {
    return batched(n) ? Integer.MAX_VALUE : 1;
  }

  /** Bytes that {@link #solve} takes beside its arguments. */
  long bytes(int n, int batch) {
    Work work = work(n, batch);
    return work.device + work.host + 4L * batch;
  }

  private boolean batched(int n) {
    return n <= context.tuning().batchedTo();
  }

  /** Work space on either side, in bytes. */
  private record Work(long device, long host) {}

  private Work work(int n, int batch) {
    try (SizeTPointer device = new SizeTPointer(1);
        SizeTPointer host = new SizeTPointer(1)) {
      sizes(n, batch, device, host);
      return new Work(device.get(), host.get());
    }
  }

  private void sizes(int n, int batch, SizeTPointer device, SizeTPointer host) {
    if (!batched(n)) {
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
    if (!batched(n)) {
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
