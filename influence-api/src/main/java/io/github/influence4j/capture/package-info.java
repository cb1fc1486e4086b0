/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What users feed: layers, and batches of the activations that went into them and the gradients
 * that came out. Start at {@link io.github.influence4j.capture.GradientSource}.
 */
@NullMarked
package io.github.influence4j.capture;

import org.jspecify.annotations.NullMarked;
