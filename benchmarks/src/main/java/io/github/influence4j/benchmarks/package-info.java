/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * JMH benchmarks of the operations of a backend. Each runs on the backend {@code cpu} and on its
 * naive twin, the backend {@code reference}, in one go; what counts is their ratio. Start at {@link
 * io.github.influence4j.benchmarks.LayerState}, which makes the data.
 */
@NullMarked
package io.github.influence4j.benchmarks;

import org.jspecify.annotations.NullMarked;
