/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What an operation costs and which form of it to take. Start at {@link
 * io.github.influence4j.internal.planning.CostModel}.
 */
@NullMarked
package io.github.influence4j.internal.planning;

import org.jspecify.annotations.NullMarked;
