/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** CPU backend; the entry class is {@link io.github.influence4j.cpu.Kernels}. */
@NullMarked
package io.github.influence4j.cpu;

import org.jspecify.annotations.NullMarked;
