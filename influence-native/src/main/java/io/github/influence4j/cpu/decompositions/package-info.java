/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Eigendecompositions of covariances, and truncated decompositions of queries. Start at {@link
 * io.github.influence4j.cpu.decompositions.EigenSolver}.
 */
@NullMarked
package io.github.influence4j.cpu.decompositions;

import org.jspecify.annotations.NullMarked;
