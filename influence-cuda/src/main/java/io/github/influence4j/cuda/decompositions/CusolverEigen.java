/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.decompositions;

import io.github.influence4j.cuda.device.Cusolver;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import org.bytedeco.javacpp.BytePointer;

/**
 * Symmetric eigendecompositions in float64 by cuSOLVER, for matrices that our kernel cannot hold:
 * {@code XsyevBatched} or {@code Xsyevd}, by the dimension alone, so that results do not depend on
 * how many are decomposed at once.
 */
final class CusolverEigen {
  private final Engine engine;

  CusolverEigen(Engine engine) {
    this.engine = engine;
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
    long info = engine.scratch(Scratch.Slot.OUT, 4L * batch);
    Cusolver.Problem problem = problem(n, batch);
    Cusolver.Work work = engine.cusolver().work(problem);
    long device = engine.scratch(Scratch.Slot.WORKSPACE, work.device(), MemoryUse.EIGEN);
    engine.budget().take(work.host(), MemoryUse.EIGEN);
    try (BytePointer host = new BytePointer(Math.max(1, work.host()))) {
      engine.cusolver().solve(problem, matrices, eigenvalues, device, host, work, info);
      // Waits for the solver, which may use the host's work space until it is done.
      return Transfers.ints(engine.staging(), info, batch);
    } finally {
      engine.budget().give(work.host());
    }
  }

  /** How many matrices of one size one call takes at most. */
  int most(int n) {
    return batched(n) ? Integer.MAX_VALUE : 1;
  }

  /** Bytes that {@link #solve} takes beside its arguments. */
  long bytes(int n, int batch) {
    Cusolver.Work work = engine.cusolver().work(problem(n, batch));
    return work.device() + work.host() + 4L * batch;
  }

  private Cusolver.Problem problem(int n, int batch) {
    return new Cusolver.Problem(n, batch, batched(n));
  }

  private boolean batched(int n) {
    return n <= engine.tuning().batchedTo();
  }
}
