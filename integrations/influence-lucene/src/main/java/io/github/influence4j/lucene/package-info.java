/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Finds the training examples worth scoring by the terms they share with a query, before gradients
 * are taken. Start at {@link io.github.influence4j.lucene.Prefilter}.
 */
@NullMarked
package io.github.influence4j.lucene;

import org.jspecify.annotations.NullMarked;
