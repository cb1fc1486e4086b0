/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Models of GPT-2's architecture that are trained here. Start at {@link
 * io.github.influence4j.examples.lm.model.Gpt2}.
 */
@NullMarked
package io.github.influence4j.examples.lm.model;

import org.jspecify.annotations.NullMarked;
