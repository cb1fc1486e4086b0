/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Rows of a batch on the device, rotated where asked for, and the sums over them: covariances,
 * squared gradients, gradients. Start at {@link io.github.influence4j.cuda.rows.PackedExamples}.
 */
@NullMarked
package io.github.influence4j.cuda.rows;

import org.jspecify.annotations.NullMarked;
