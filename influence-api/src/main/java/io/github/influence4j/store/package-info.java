/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Files: safetensors, validated before anything in them is believed, and the factors of a fitted
 * curvature in one such file. Start at {@link io.github.influence4j.store.FactorStore}.
 */
@NullMarked
package io.github.influence4j.store;

import org.jspecify.annotations.NullMarked;
