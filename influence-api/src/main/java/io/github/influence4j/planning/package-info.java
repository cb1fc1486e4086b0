/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a run will take. Start at {@link io.github.influence4j.Influence#plan}. */
@NullMarked
package io.github.influence4j.planning;

import org.jspecify.annotations.NullMarked;
