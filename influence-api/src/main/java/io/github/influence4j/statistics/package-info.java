/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a set of scores looks like as a whole: how few training examples hold the influence. */
@NullMarked
package io.github.influence4j.statistics;

import org.jspecify.annotations.NullMarked;
