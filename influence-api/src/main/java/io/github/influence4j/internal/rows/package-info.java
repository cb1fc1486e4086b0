/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Turns what users feed into validated rows of one layer: convolutions unfolded by the backend,
 * padding left out, uses of a tied layer joined on the host. Start at {@link
 * io.github.influence4j.internal.rows.BatchReader}.
 */
@NullMarked
package io.github.influence4j.internal.rows;

import org.jspecify.annotations.NullMarked;
