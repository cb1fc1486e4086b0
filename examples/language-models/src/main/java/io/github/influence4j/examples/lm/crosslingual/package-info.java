/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Is a passage found by its translation? Start at {@link
 * io.github.influence4j.examples.lm.crosslingual.CrosslingualCommand}.
 */
@NullMarked
package io.github.influence4j.examples.lm.crosslingual;

import org.jspecify.annotations.NullMarked;
