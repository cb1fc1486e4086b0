/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The most influential examples of a training set that is too large to score: a filter, a scan of
 * low rank, exact scores for what is left. Start at {@link
 * io.github.influence4j.retrieval.RetrievalFunnel}.
 */
@NullMarked
package io.github.influence4j.retrieval;

import org.jspecify.annotations.NullMarked;
