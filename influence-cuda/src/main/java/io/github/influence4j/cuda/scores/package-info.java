/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Queries: preconditioned, and multiplied with the gradients of training examples. Start at {@link
 * io.github.influence4j.cuda.scores.Scorer}.
 */
@NullMarked
package io.github.influence4j.cuda.scores;

import org.jspecify.annotations.NullMarked;
