/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Checkpoints that transformers saved: checked against Python, and explained. */
@NullMarked
package io.github.influence4j.examples.lm.attribute;

import org.jspecify.annotations.NullMarked;
