/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.spi.ComputeBackend;

/**
 * One of several GPUs.
 *
 * @param number what CUDA calls it
 * @param backend computes on it
 */
public record Gpu(int number, ComputeBackend backend) {}
