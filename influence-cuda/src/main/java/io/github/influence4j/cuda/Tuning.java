/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

/**
 * Where one way of computing takes over from another. The choices depend on the sizes of a layer
 * alone, so that results do not depend on batches.
 *
 * @param blasFrom products whose inner and column sizes are at least this go to cuBLAS, smaller
 *     ones to our kernel
 * @param jacobiTo largest matrix decomposed by our kernel, further limited by the device; larger
 *     ones go to cuSOLVER
 * @param workBytes how much one chunk of a batch may take, about
 * @param stagingBytes of each of the two pinned buffers
 */
record Tuning(int blasFrom, int jacobiTo, long workBytes, int stagingBytes) {
  // A product of 128 columns fills few tiles of a GPU's library kernels, whose launch then costs as
  // much as the work; above 128 two-sided Jacobi in shared memory has no room.
  static final Tuning DEFAULT = new Tuning(128, 128, 256L << 20, 8 << 20);
}
