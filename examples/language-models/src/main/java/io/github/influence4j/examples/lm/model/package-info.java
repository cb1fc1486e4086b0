/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A GPT-style transformer, its training and its gradients. Start at {@link
 * io.github.influence4j.examples.lm.model.Transformer}.
 */
@NullMarked
package io.github.influence4j.examples.lm.model;

import org.jspecify.annotations.NullMarked;
