/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Influence scores between queries and training examples. Start at {@link
 * io.github.influence4j.scoring.InfluenceScorer}.
 */
@NullMarked
package io.github.influence4j.scoring;

import org.jspecify.annotations.NullMarked;
