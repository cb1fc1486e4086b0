/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** JMH benchmarks; each class holds the naive version beside ours. */
@NullMarked
package io.github.influence4j.benchmarks;

import org.jspecify.annotations.NullMarked;
