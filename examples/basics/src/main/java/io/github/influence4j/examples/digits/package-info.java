/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The quick start: a classifier of handwritten digits, trained in plain Java, and the training
 * digits that made it say what it says. Start at {@link
 * io.github.influence4j.examples.digits.DigitsCommand}.
 */
@NullMarked
package io.github.influence4j.examples.digits;

import org.jspecify.annotations.NullMarked;
