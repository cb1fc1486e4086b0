/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How scores are computed: queries are preconditioned, training examples pass by, hits are looked
 * at again. Start at {@link io.github.influence4j.internal.scores.BackendInfluenceScorer}.
 */
@NullMarked
package io.github.influence4j.internal.scores;

import org.jspecify.annotations.NullMarked;
