/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/**
 * Where one way of computing takes over from another. The choices depend on the sizes of a layer
 * alone, so that results do not depend on batches.
 *
 * @param blasFrom products whose inner and column sizes are at least this go to cuBLAS, smaller
 *     ones to our kernel
 * @param jacobiTo largest matrix decomposed by our kernel, further limited by the device; larger
 *     ones go to cuSOLVER
 * @param batchedTo largest matrix that cuSOLVER decomposes many at a time, larger ones one by one
 * @param workBytes how much one chunk of a batch may take at most
 * @param stagingBytes of each of the two pinned buffers, at most
 */
public record Tuning(int blasFrom, int jacobiTo, int batchedTo, long workBytes, int stagingBytes) {
  // A product of 128 columns fills few tiles of a GPU's library kernels, whose launch then costs as
  // much as the work; above 128 two-sided Jacobi in shared memory has no room; a matrix of 512
  // keeps
  // a GPU busy alone.
  public static final Tuning DEFAULT = new Tuning(128, 128, 512, 256L << 20, 8 << 20);
}
