/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What a compute backend implements: one small interface of coarse operations on whole batches.
 * Start at {@link io.github.influence4j.spi.BackendProvider}.
 */
@NullMarked
package io.github.influence4j.spi;

import org.jspecify.annotations.NullMarked;
