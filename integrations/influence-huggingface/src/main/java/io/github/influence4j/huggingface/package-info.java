/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Language models that transformers saved, with their gradients. Start at {@link
 * io.github.influence4j.huggingface.LanguageModel}.
 */
@NullMarked
package io.github.influence4j.huggingface;

import org.jspecify.annotations.NullMarked;
