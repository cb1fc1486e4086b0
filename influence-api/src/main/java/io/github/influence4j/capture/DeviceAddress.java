/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * Where a tensor lies on a GPU.
 *
 * @param address of the first element, as CUDA's runtime and driver give it
 * @param stream the {@code cudaStream_t} in whose order the memory is written and reused; 0 is the
 *     legacy default stream
 */
public record DeviceAddress(long address, long stream) {}
