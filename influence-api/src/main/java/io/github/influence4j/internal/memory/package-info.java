/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How much memory there is: {@link io.github.influence4j.internal.memory.DefaultBudget} says what a
 * backend may take of it when the user says nothing, {@link
 * io.github.influence4j.internal.memory.HeapSpace} what cannot be held at all.
 */
@NullMarked
package io.github.influence4j.internal.memory;

import org.jspecify.annotations.NullMarked;
