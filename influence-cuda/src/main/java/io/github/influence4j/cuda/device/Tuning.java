/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/**
 * Where one way of computing takes over from another. The choices depend on the sizes of a layer
 * alone, so that results do not depend on batches.
 *
 * @param blasFrom products whose inner and column sizes are at least this go to cuBLAS, smaller
 *     ones to our kernel; {@link #MEASURED} for what is faster on the GPU
 * @param jacobiTo largest matrix decomposed by our kernel, further limited by the device; larger
 *     ones go to cuSOLVER
 * @param batchedTo largest matrix that cuSOLVER decomposes many at a time, larger ones one by one
 * @param workBytes how much one chunk of a batch may take at most
 * @param stagingBytes of each of the two pinned buffers, at most
 */
public record Tuning(int blasFrom, int jacobiTo, int batchedTo, long workBytes, int stagingBytes) {
  /** Has {@code blasFrom} measured. */
  public static final int MEASURED = 0;

  // A product of 128 columns fills few tiles of a GPU's library kernels, whose launch then costs as
  // much as the work.
  /** The size where there is no room for measuring it. */
  public static final int ESTIMATED_BLAS_FROM = 128;

  // Above 128 two-sided Jacobi in shared memory has no room; a matrix of 512 keeps a GPU busy
  // alone.
  public static final Tuning DEFAULT = new Tuning(MEASURED, 128, 512, 256L << 20, 8 << 20);

  /** The same with another size of products. */
  public Tuning withBlasFrom(int size) {
    return new Tuning(size, jacobiTo, batchedTo, workBytes, stagingBytes);
  }
}
