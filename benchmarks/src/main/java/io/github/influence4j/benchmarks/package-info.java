/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Benchmarks of the operations of a backend: with JMH each alone, and with {@link
 * io.github.influence4j.benchmarks.PeerComparison} beside the peer's arithmetic. See {@code
 * docs/performance.md}; start at {@link io.github.influence4j.benchmarks.LayerState}, which makes
 * the data.
 */
@NullMarked
package io.github.influence4j.benchmarks;

import org.jspecify.annotations.NullMarked;
