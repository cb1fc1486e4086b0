/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cusolver.cusolverDnContext;
import org.bytedeco.cuda.cusolver.cusolverDnParams;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cusolver;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.SizeTPointer;

/** cuSOLVER: eigenvectors and eigenvalues of symmetric matrices [batch, n, n] in float64. */
public final class Cusolver {
  private static final int VECTORS = cusolver.CUSOLVER_EIG_MODE_VECTOR;
  private static final int LOWER = cublas.CUBLAS_FILL_MODE_LOWER;
  private static final int F64 = cudart.CUDA_R_64F;

  private final cusolverDnContext handle = new cusolverDnContext();
  private final cusolverDnParams parameters = new cusolverDnParams();
  private final Address matrix = new Address();
  private final Address values = new Address();
  private final Address workspace = new Address();
  private final Address.Ints status = new Address.Ints();

  /**
   * What is solved in one call.
   *
   * @param n dimension of the matrices
   * @param batch how many
   * @param batched whether by {@code XsyevBatched}, else one matrix by {@code Xsyevd}
   */
  public record Problem(int n, int batch, boolean batched) {}

  /** Work space on either side, in bytes. */
  public record Work(long device, long host) {}

  void open(CUstream_st stream) {
    CudaException.check(cusolver.cusolverDnCreate(handle), "cusolverDnCreate");
    CudaException.check(cusolver.cusolverDnSetStream(handle, stream), "cusolverDnSetStream");
    CudaException.check(cusolver.cusolverDnCreateParams(parameters), "cusolverDnCreateParams");
  }

  /** The work space that {@link #solve} needs. */
  public Work work(Problem problem) {
    try (SizeTPointer device = new SizeTPointer(1);
        SizeTPointer host = new SizeTPointer(1)) {
      sizes(problem, device, host);
      return new Work(device.get(), host.get());
    }
  }

  private void sizes(Problem problem, SizeTPointer device, SizeTPointer host) {
    int n = problem.n;
    if (!problem.batched) {
      CudaException.check(
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
      CudaException.check(
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
              problem.batch),
          "cusolverDnXsyevBatched_bufferSize");
    }
  }

  /**
   * Queues the decomposition.
   *
   * @param problem the sizes
   * @param matrices overwritten by the eigenvectors, one a row
   * @param eigenvalues receives [batch, n], ascending
   * @param device work space
   * @param host work space, in use until the solver is done
   * @param work their sizes
   * @param info receives for each matrix 0, or how many off-diagonal elements did not converge
   */
  public void solve(
      Problem problem,
      long matrices,
      long eigenvalues,
      long device,
      BytePointer host,
      Work work,
      long info) {
    int n = problem.n;
    matrix.at(matrices);
    values.at(eigenvalues);
    workspace.at(device);
    status.at(info);
    if (!problem.batched) {
      CudaException.check(
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
              work.device,
              host,
              work.host,
              status),
          "cusolverDnXsyevd");
    } else {
      CudaException.check(
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
              work.device,
              host,
              work.host,
              status,
              problem.batch),
          "cusolverDnXsyevBatched");
    }
  }

  public void close(Releases releases) {
    if (!parameters.isNull()) {
      releases.run(
          () ->
              CudaException.check(
                  cusolver.cusolverDnDestroyParams(parameters), "cusolverDnDestroyParams"));
      parameters.setNull();
    }
    if (!handle.isNull()) {
      releases.run(
          () -> CudaException.check(cusolver.cusolverDnDestroy(handle), "cusolverDnDestroy"));
      handle.setNull();
    }
  }
}
