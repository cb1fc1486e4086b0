/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import org.jspecify.annotations.Nullable;

/**
 * The rows that count, example by example.
 *
 * @param offsets [examples + 1] example borders, counted in kept rows
 * @param index stored row of each kept row; null when all are kept in the order they are stored in
 */
record OwnedRows(int[] offsets, int @Nullable [] index) {}
