/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Text from outside, made fit to be shown. Start at {@link
 * io.github.influence4j.internal.text.VisibleText}.
 */
@NullMarked
package io.github.influence4j.internal.text;

import org.jspecify.annotations.NullMarked;
