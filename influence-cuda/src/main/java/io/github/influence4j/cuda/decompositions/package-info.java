/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Eigendecompositions of covariances, and truncated decompositions of queries. Start at {@link
 * io.github.influence4j.cuda.decompositions.EigenSolver}.
 */
@NullMarked
package io.github.influence4j.cuda.decompositions;

import org.jspecify.annotations.NullMarked;
