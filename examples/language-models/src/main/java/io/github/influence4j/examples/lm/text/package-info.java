/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * From documents to sequences of tokens. Start at {@link
 * io.github.influence4j.examples.lm.text.Corpus}.
 */
@NullMarked
package io.github.influence4j.examples.lm.text;

import org.jspecify.annotations.NullMarked;
