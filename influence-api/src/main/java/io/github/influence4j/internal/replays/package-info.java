/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Sees that every replay of a source gives the same examples. Start at {@link
 * io.github.influence4j.internal.replays.CheckedSource}.
 */
@NullMarked
package io.github.influence4j.internal.replays;

import org.jspecify.annotations.NullMarked;
