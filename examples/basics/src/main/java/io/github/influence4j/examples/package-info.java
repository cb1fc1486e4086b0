/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Runnable examples; the entry class is {@link io.github.influence4j.examples.Main}. */
@NullMarked
package io.github.influence4j.examples;

import org.jspecify.annotations.NullMarked;
