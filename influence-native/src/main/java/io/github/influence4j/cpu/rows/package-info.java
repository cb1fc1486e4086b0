/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Rows of a batch as kernels read them, rotated where asked for, and the sums over them:
 * covariances, squared gradients, gradients. Start at {@link
 * io.github.influence4j.cpu.rows.RotatedExamples}.
 */
@NullMarked
package io.github.influence4j.cpu.rows;

import org.jspecify.annotations.NullMarked;
