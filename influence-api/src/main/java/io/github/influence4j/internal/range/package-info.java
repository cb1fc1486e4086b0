/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Keeps what is computed from a batch inside the range of a backend's precision, by exact powers of
 * two that depend on one row or one example alone. Start at {@link
 * io.github.influence4j.internal.range.ScaledExamples}.
 */
@NullMarked
package io.github.influence4j.internal.range;

import org.jspecify.annotations.NullMarked;
