/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How the curvature is fitted: accumulators of each layer, on a backend. Start at {@link
 * io.github.influence4j.internal.fit.PlannedFit}.
 */
@NullMarked
package io.github.influence4j.internal.fit;

import org.jspecify.annotations.NullMarked;
