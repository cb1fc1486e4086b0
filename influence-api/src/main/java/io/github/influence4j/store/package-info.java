/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Files: safetensors, validated before anything in them is believed; in such files the factors of a
 * fitted curvature ({@link io.github.influence4j.store.FactorStore}, where to start) and gradients
 * captured anywhere ({@link io.github.influence4j.store.CapturedGradients}).
 */
@NullMarked
package io.github.influence4j.store;

import org.jspecify.annotations.NullMarked;
