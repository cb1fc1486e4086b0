/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * CPU backend: C++ kernels and LAPACK behind {@link io.github.influence4j.cpu.CpuBackendProvider}.
 */
@NullMarked
package io.github.influence4j.cpu;

import org.jspecify.annotations.NullMarked;
