/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Attribution for activations and gradients captured anywhere, handed over in a safetensors file.
 * Start at {@link io.github.influence4j.examples.captured.CapturedCommand}.
 */
@NullMarked
package io.github.influence4j.examples.captured;

import org.jspecify.annotations.NullMarked;
