/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Native memory, threads and the C++ kernels: what all operations of the CPU backend share. Start
 * at {@link io.github.influence4j.cpu.memory.Engine}.
 */
@NullMarked
package io.github.influence4j.cpu.memory;

import org.jspecify.annotations.NullMarked;
