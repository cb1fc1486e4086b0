/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A language model trained in Java and the training text behind what it says; the entry class is
 * {@link io.github.influence4j.examples.lm.Main}.
 */
@NullMarked
package io.github.influence4j.examples.lm;

import org.jspecify.annotations.NullMarked;
